#include "tests/resp/request_reader.h"

#include <gtest/gtest.h>

#include <ostream>

namespace holdfast::testing {
namespace {

using Outcome = resp::RequestParser::Outcome;

// A reader that waits for the rest of a request may not have seen its error yet: it gets filler.
constexpr uint64_t kFillerMax = 16 * 1024 * 1024;

void feed_until_decided(RequestReader& reader) {
  while (!reader.failed() && reader.waiting_bytes() < reader.needed() && reader.needed() < kFillerMax)
    reader.feed(std::string(reader.needed() - reader.waiting_bytes(), 'x'));
}

std::vector<Parsed> repeated(const Parsed& one, size_t times) {
  return std::vector<Parsed>(times, one);
}

}  // namespace

void PrintTo(const Parsed& parsed, std::ostream* out) {
  if (parsed.outcome == Outcome::kError) {
    *out << "error " << printable(parsed.error);
    return;
  }
  *out << (parsed.outcome == Outcome::kEmpty ? "empty" : "request") << " of " << parsed.consumed << " bytes"
       << (parsed.is_inline ? ", inline" : "");
  if (parsed.arguments.size() > 20) {
    *out << ", " << parsed.arguments.size() << " arguments";
    return;
  }
  for (const std::string& argument : parsed.arguments) *out << " [" << printable(argument) << "]";
}

void RequestReader::feed(std::string_view fragment) {
  if (failed_) return;
  if (tail_.size() + fragment.size() < needed_) {
    tail_.append(fragment);
    return;
  }
  const HeapBlock block(tail_.append(fragment));
  needed_ = 0;
  size_t at = 0;
  while (at < block.size()) {
    const size_t left = block.size() - at;
    const Outcome outcome = parser_.parse(block.data() + at, left, limits_);
    if (outcome == Outcome::kNeedMore) {
      needed_ = parser_.needed();
      ASSERT_GT(needed_, left);
      break;
    }
    Parsed& parsed = parsed_.emplace_back();
    parsed.outcome = outcome;
    if (outcome == Outcome::kError) {
      parsed.error = parser_.error_reply();
      failed_ = true;
      return;
    }
    parsed.consumed = parser_.consumed();
    ASSERT_GT(parsed.consumed, 0u);
    ASSERT_LE(parsed.consumed, left);
    if (outcome == Outcome::kRequest) {
      parsed.is_inline = parser_.is_inline();
      parsed.arguments.assign(parser_.arguments().begin(), parser_.arguments().end());
      ASSERT_FALSE(parsed.arguments.empty());
    }
    at += parsed.consumed;
  }
  tail_.assign(block.data() + at, block.size() - at);
}

void expect_request(std::string_view bytes, const Words& arguments, bool is_inline,
                    const resp::Limits& limits) {
  SCOPED_TRACE(printable(bytes));
  const Parsed expected{Outcome::kRequest, bytes.size(), is_inline, arguments, ""};
  std::string three;
  for (int i = 0; i < 3; ++i) three.append(bytes);
  for_each_fragmentation(three, [&](const Fragments& fragments) {
    RequestReader reader(limits);
    reader.feed(fragments);
    ASSERT_EQ(reader.parsed(), repeated(expected, 3));
    ASSERT_EQ(reader.waiting_bytes(), 0u);
  });
  for (size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE("prefix of " + std::to_string(size));
    const HeapBlock prefix(bytes.substr(0, size));
    resp::RequestParser parser;
    ASSERT_EQ(parser.parse(prefix.data(), prefix.size(), limits), Outcome::kNeedMore);
    ASSERT_GT(parser.needed(), size);
    ASSERT_LE(parser.needed(), bytes.size());
    // What is complete already is told, and is right.
    const auto known = parser.arguments();
    ASSERT_LE(known.size(), arguments.size());
    for (size_t i = 0; i < known.size(); ++i) ASSERT_EQ(known[i], arguments[i]);
  }
}

void expect_empty(std::string_view bytes) {
  SCOPED_TRACE(printable(bytes));
  std::string three;
  for (int i = 0; i < 3; ++i) three.append(bytes);
  for_each_fragmentation(three, [&](const Fragments& fragments) {
    RequestReader reader;
    reader.feed(fragments);
    ASSERT_EQ(reader.parsed(), repeated({Outcome::kEmpty, bytes.size(), false, {}, ""}, 3));
    ASSERT_EQ(reader.waiting_bytes(), 0u);
  });
}

void expect_error(std::string_view bytes, std::string_view text, const resp::Limits& limits) {
  SCOPED_TRACE(printable(bytes));
  const Parsed ping{Outcome::kRequest, 14, false, {"PING"}, ""};
  const Parsed inline_ping{Outcome::kRequest, 6, true, {"PING"}, ""};
  const Parsed error{Outcome::kError, 0, false, {}, "-ERR Protocol error: " + std::string(text) + "\r\n"};
  for (const bool alone : {true, false}) {
    SCOPED_TRACE(alone ? "alone" : "behind requests");
    const std::string before = alone ? "" : "*1\r\n$4\r\nPING\r\nPING\r\n";
    std::vector<Parsed> expected;
    if (!alone) expected = {ping, inline_ping};
    expected.push_back(error);
    for_each_fragmentation(before + std::string(bytes), [&](const Fragments& fragments) {
      RequestReader reader(limits);
      reader.feed(fragments);
      feed_until_decided(reader);
      ASSERT_EQ(reader.parsed(), expected);
    });
  }
}

void expect_incomplete(std::string_view bytes, uint64_t needed, const resp::Limits& limits) {
  SCOPED_TRACE(printable(bytes));
  for_each_fragmentation(bytes, [&](const Fragments& fragments) {
    RequestReader reader(limits);
    reader.feed(fragments);
    ASSERT_EQ(reader.parsed(), std::vector<Parsed>());
    ASSERT_EQ(reader.waiting_bytes(), bytes.size());
    ASSERT_LE(reader.needed(), needed);
  });
  resp::RequestParser parser;
  const HeapBlock block(bytes);
  ASSERT_EQ(parser.parse(block.data(), block.size(), limits), Outcome::kNeedMore);
  ASSERT_EQ(parser.needed(), needed);
}

}  // namespace holdfast::testing
