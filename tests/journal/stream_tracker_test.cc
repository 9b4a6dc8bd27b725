#include "journal/stream_tracker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::journal {
namespace {

const std::string kPing = "*1\r\n$4\r\nPING\r\n";
const std::string kMulti = "*1\r\n$5\r\nMULTI\r\n";
const std::string kExec = "*1\r\n$4\r\nEXEC\r\n";
const std::string kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\n*1\r\n$\r\n";
const std::string kSelect3 = "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n";
const std::string kSelect12 = "*2\r\n$6\r\nselect\r\n$2\r\n12\r\n";
const std::string kGetAck = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n";

// The safe cuts of a stream, in bytes from its start, when it is fed in pieces of `piece` bytes.
std::vector<size_t> cuts(const std::string& stream, size_t piece, StreamTracker& tracker) {
  std::vector<size_t> found;
  for (size_t at = 0; at < stream.size(); at += piece) {
    size_t safe = 0;
    EXPECT_TRUE(tracker.feed(std::string_view(stream).substr(at, piece), safe));
    if (safe > 0) found.push_back(at + safe);
  }
  return found;
}

TEST(StreamTracker, CutsBetweenCommandsAndNeverInsideATransaction) {
  const std::string before = kPing + kSet;
  const std::string stream = before + kMulti + kSet + kSelect3 + kSet + kExec + kPing;
  const size_t after_exec = stream.size() - kPing.size();
  StreamTracker one_byte(0);
  EXPECT_EQ(cuts(stream, 1, one_byte),
            (std::vector<size_t>{kPing.size(), before.size(), after_exec, stream.size()}));
  EXPECT_EQ(one_byte.db(), 3);
  for (size_t piece = 2; piece <= stream.size(); ++piece) {
    StreamTracker tracker(0);
    for (const size_t cut : cuts(stream, piece, tracker))
      EXPECT_TRUE(cut <= before.size() || cut >= after_exec) << cut;
  }
}

TEST(StreamTracker, TheDatabaseIsThatOfTheLastSafeCut) {
  StreamTracker tracker(7);
  size_t safe = 0;
  EXPECT_EQ(tracker.db(), 7);
  ASSERT_TRUE(tracker.feed(kSelect12 + kMulti + kSelect3, safe));
  EXPECT_EQ(safe, kSelect12.size());
  EXPECT_EQ(tracker.db(), 12);
  ASSERT_TRUE(tracker.feed(kExec, safe));
  EXPECT_EQ(tracker.db(), 3);
}

TEST(StreamTracker, HearsGetAckOnce) {
  StreamTracker tracker(0);
  cuts(kPing + kGetAck, 1, tracker);
  EXPECT_TRUE(tracker.take_getack());
  EXPECT_FALSE(tracker.take_getack());
}

TEST(StreamTracker, ALargeValueIsOneCommand) {
  const std::string value(3 << 20, '\n');
  const std::string set =
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  StreamTracker tracker(0);
  EXPECT_EQ(cuts(set, 4096, tracker), std::vector<size_t>{set.size()});
}

TEST(StreamTracker, RefusesWhatIsNotAStream) {
  for (const std::string& bytes :
       {std::string("\n"), kPing + "\n", std::string("PING\r\n"), std::string("+OK\r\n"), kExec,
        kMulti + kMulti, std::string("*2\r\n$6\r\nSELECT\r\n$1\r\nx\r\n"), std::string("*1\r\n$x\r\n"),
        std::string("*-1\r\n")}) {
    StreamTracker tracker(0);
    size_t safe = 0;
    EXPECT_FALSE(tracker.feed(bytes, safe)) << bytes;
  }
}

}  // namespace
}  // namespace holdfast::journal
