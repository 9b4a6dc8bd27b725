#include "journal/base_receiver.h"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::journal {
namespace {

const std::string kMarker = "0123456789abcdef0123456789abcdef01234567";

struct Received {
  std::string payload;
  std::string rest;  // the stream that follows
  bool done = false;
};

// Feeds the bytes in pieces that end at `cuts`.
Received receive(const std::string& announcement, const std::string& bytes, const std::vector<size_t>& cuts) {
  Received received;
  auto receiver = BaseReceiver::create(announcement, [&](std::string_view piece) -> Status {
    received.payload += piece;
    return {};
  });
  EXPECT_TRUE(receiver.ok());
  size_t from = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t to = i < cuts.size() ? cuts[i] : bytes.size();
    const std::string piece = bytes.substr(from, to - from);
    from = to;
    size_t consumed = 0;
    if (!receiver.value().done()) {
      EXPECT_TRUE(receiver.value().feed(piece, consumed).ok());
    }
    received.rest += piece.substr(consumed);
  }
  received.done = receiver.value().done();
  return received;
}

TEST(BaseReceiver, MarkerAcrossEverySplit) {
  const std::string payload =
      "REDIS0010" + std::string(60, 'p') + kMarker.substr(0, 39) + "x" + kMarker.substr(0, 20);
  const std::string bytes = payload + kMarker + "*1\r\n";
  for (size_t a = 0; a <= bytes.size(); ++a) {
    for (size_t b = a; b <= bytes.size(); b += 3) {
      const Received received = receive("$EOF:" + kMarker, bytes, {a, b});
      ASSERT_TRUE(received.done);
      ASSERT_EQ(received.payload, payload) << a << " " << b;
      ASSERT_EQ(received.rest, "*1\r\n") << a << " " << b;
    }
  }
}

TEST(BaseReceiver, OneByteAtATime) {
  const std::string payload(500, 'a');
  const std::string marker(40, 'a');  // every byte of the payload may begin the marker
  std::vector<size_t> cuts;
  for (size_t i = 1; i < payload.size(); ++i) cuts.push_back(i);
  const Received received = receive("$EOF:" + kMarker, payload + kMarker + "s", cuts);
  EXPECT_EQ(received.payload, payload);
  EXPECT_EQ(received.rest, "s");
}

TEST(BaseReceiver, CountsALength) {
  for (size_t cut = 0; cut <= 12; ++cut) {
    const Received received = receive("$9", "REDIS0010*1\r", {cut});
    EXPECT_EQ(received.payload, "REDIS0010");
    EXPECT_EQ(received.rest, "*1\r");
    EXPECT_TRUE(received.done);
  }
  EXPECT_FALSE(receive("$10", "REDIS0010", {}).done);
}

TEST(BaseReceiver, RefusesOtherAnnouncements) {
  for (const char* line :
       {"", "$", "$-1", "$0", "$12x", "$EOF:short", "REDIS0010", "+OK", "$99999999999999999999"})
    EXPECT_FALSE(BaseReceiver::create(line, [](std::string_view) { return Status(); }).ok()) << line;
}

TEST(BaseReceiver, PassesOnWhatTheSinkSays) {
  auto receiver = BaseReceiver::create(
      "$9", [](std::string_view) -> Status { return Error(ErrorCode::kIo, "no space"); });
  size_t consumed = 0;
  EXPECT_FALSE(receiver.value().feed("REDIS0010", consumed).ok());
}

}  // namespace
}  // namespace holdfast::journal
