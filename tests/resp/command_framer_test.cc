// Where the commands of a replication stream end, in every fragmentation.

#include "resp/command_framer.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "resp/encode.h"
#include "tests/resp/fragments.h"
#include "tests/resp/random_bytes.h"

namespace holdfast::resp {
namespace {

using testing::for_each_fragmentation;
using testing::Fragments;
using testing::HeapBlock;
using testing::printable;
using Outcome = CommandFramer::Outcome;

struct Framed {
  std::vector<size_t> ends;  // from the beginning of the stream
  std::vector<std::string> heads;
  bool failed = false;
  bool at_boundary = true;
  std::string head;  // of the command under way

  friend bool operator==(const Framed&, const Framed&) = default;
};

void PrintTo(const Framed& framed, std::ostream* out) {
  for (size_t i = 0; i < framed.ends.size(); ++i)
    *out << "[" << printable(framed.heads[i]) << "] to " << framed.ends[i] << ", ";
  *out << (framed.failed        ? "an error"
           : framed.at_boundary ? "a boundary"
                                : "more to come")
       << printable(framed.head);
}

Framed frame(const Fragments& fragments) {
  CommandFramer framer;
  Framed framed;
  size_t before = 0;
  for (const std::string_view fragment : fragments) {
    const HeapBlock block(fragment);
    size_t at = 0;
    while (at < block.size()) {
      size_t consumed = 0;
      const Outcome outcome = framer.feed(block.data() + at, block.size() - at, consumed);
      EXPECT_GT(consumed, 0u);
      EXPECT_LE(consumed, block.size() - at);
      at += consumed;
      if (outcome == Outcome::kError) {
        framed.failed = true;
        return framed;
      }
      if (outcome == Outcome::kCommand) {
        EXPECT_TRUE(framer.at_boundary());
        framed.ends.push_back(before + at);
        framed.heads.emplace_back(framer.head());
      } else {
        EXPECT_EQ(at, block.size());
      }
    }
    before += block.size();
  }
  framed.at_boundary = framer.at_boundary();
  if (!framed.at_boundary) framed.head = framer.head();
  return framed;
}

std::string encoded(std::initializer_list<std::string_view> arguments) {
  std::string bytes;
  append_command(bytes, arguments);
  return bytes;
}

std::string head_of(const std::string& command) {
  return command.substr(0, CommandFramer::kHeadCapacity);
}

// The commands with `between` before each and behind the last.
void check(const std::vector<std::string>& commands, const std::string& between = "") {
  std::string stream = between;
  Framed expected;
  for (const std::string& command : commands) {
    stream += command;
    expected.ends.push_back(stream.size());
    expected.heads.push_back(head_of(command));
    stream += between;
  }
  SCOPED_TRACE(printable(stream));
  for_each_fragmentation(stream, [&](const Fragments& pieces) { ASSERT_EQ(frame(pieces), expected); });
}

TEST(CommandFramer, Commands) {
  check({encoded({"SELECT", "0"})});
  check({encoded({"SELECT", "0"}), encoded({"MULTI"}), encoded({"SET", "k", "v"}), encoded({"EXEC"})});
  check({encoded({""}), encoded({"", "", ""})});
  check({encoded({"SET", "k", "*1\r\n$4\r\nPING\r\n"})});
}

TEST(CommandFramer, TheHeadIsTheBeginningOfTheCommand) {
  check({encoded({"SET", "key", std::string(200, 'x')}), encoded({"PING"}), encoded({std::string(64, 'y')})});
}

// Redis sends a bare newline now and then while it makes the base.
TEST(CommandFramer, KeepaliveNewlines) {
  check({encoded({"PING"}), encoded({"SET", "a", "\n"})}, "\n");
  check({encoded({"PING"}), encoded({"SET", "a", "\r\n"})}, "\n\r\n\n");
  EXPECT_EQ(frame({"\n", "\n\n"}), Framed());
}

TEST(CommandFramer, AnUnfinishedCommandIsNotABoundary) {
  const std::string command = encoded({"SET", "key", "a value"});
  for (size_t size = 1; size < command.size(); ++size)
    for_each_fragmentation(command.substr(0, size), [&](const Fragments& pieces) {
      ASSERT_EQ(frame(pieces), (Framed{{}, {}, false, false, command.substr(0, size)}));
    });
}

TEST(CommandFramer, AHugeValuePassesInPieces) {
  // Nothing of it can grow.
  static_assert(std::is_trivially_copyable_v<CommandFramer> && sizeof(CommandFramer) <= 128);
  CommandFramer framer;
  size_t consumed = 0;
  const std::string head = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$209715200\r\n";
  ASSERT_EQ(framer.feed(head.data(), head.size(), consumed), Outcome::kNeedMore);
  const std::string piece(1024 * 1024, '*');
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(framer.feed(piece.data(), piece.size(), consumed), Outcome::kNeedMore);
    ASSERT_EQ(consumed, piece.size());
  }
  ASSERT_EQ(framer.feed("\r", 1, consumed), Outcome::kNeedMore);
  ASSERT_EQ(framer.feed("\n*1\r\n", 5, consumed), Outcome::kCommand);
  EXPECT_EQ(consumed, 1u);
  EXPECT_EQ(framer.head(), head_of(head + piece));
}

TEST(CommandFramer, WhatIsNotACommand) {
  for (const std::string bytes : {"PING\r\n",
                                  "x",
                                  "+OK\r\n",
                                  "$3\r\n",
                                  "*\r\n",
                                  "*0\r\n",
                                  "*-1\r\n",
                                  "*x\r\n",
                                  "*1x\r\n",
                                  "* 1\r\n",
                                  "*1\n",
                                  "*1\rx",
                                  "*1\r\r\n",
                                  "*1\r1\n",
                                  "*1\r\n*",
                                  "*1\r\nx",
                                  "*1\r\n\n",
                                  "*1\r\n$\r\n",
                                  "*1\r\n$-1\r\n",
                                  "*1\r\n$x\r\n",
                                  "*1\r\n$1x",
                                  "*1\r\n$1\n",
                                  "*1\r\n$1\rx",
                                  "*2147483648\r\n",
                                  "*99999999999999999999999\r\n",
                                  "*1\r\n$1099511627777\r\n",
                                  "*1\r\n$99999999999999999999999\r\n",
                                  "*2\r\n$1\r\na\r\n\n",
                                  "\nx",
                                  "*1\r\n$1\r\na\r\nx"})
    for_each_fragmentation(
        bytes, [&](const Fragments& pieces) { ASSERT_TRUE(frame(pieces).failed) << printable(bytes); });
}

TEST(CommandFramer, RandomCommandsInAnyFragmentation) {
  testing::RandomBytes random(99);
  for (int i = 0; i < 1'000 && !HasFailure(); ++i) {
    std::string stream;
    Framed expected;
    for (uint64_t left = 1 + random.below(5); left > 0; --left) {
      const std::vector<std::string> arguments = random.arguments();
      std::string command;
      append_command(command, std::vector<std::string_view>(arguments.begin(), arguments.end()));
      stream += command;
      expected.ends.push_back(stream.size());
      expected.heads.push_back(head_of(command));
      if (random.below(3) == 0) stream += "\n";
    }
    ASSERT_EQ(frame({stream}), expected);
    ASSERT_EQ(frame(random.cut(stream)), expected);
  }
}

TEST(CommandFramer, RandomBytesInAnyFragmentation) {
  testing::RandomBytes random(100);
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    std::string bytes = random.below(4) == 0 ? random.any(random.below(40))
                                             : random.of("*$0123\r\n\r\n\r\nx", random.below(60));
    if (random.below(2) == 0) bytes = random.mutated(encoded({"SET", "k", "v"}) + encoded({"PING"})) + bytes;
    Fragments single;
    for (size_t at = 0; at < bytes.size(); ++at) single.push_back(std::string_view(bytes).substr(at, 1));
    const Framed whole = frame({bytes});
    ASSERT_EQ(frame(single), whole) << printable(bytes);
    ASSERT_EQ(frame(random.cut(bytes)), whole) << printable(bytes);
  }
}

}  // namespace
}  // namespace holdfast::resp
