// What is remembered of what was sent: times and names, in bounded memory, and never a value.
#include "proxy/sent_requests.h"

#include <gtest/gtest.h>

#include "resp/encode.h"

namespace holdfast::proxy {
namespace {

std::string request(std::initializer_list<std::string_view> arguments) {
  std::string text;
  resp::append_command(text, arguments);
  return text;
}

std::string found(SentRequests& sent, uint32_t flush, uint32_t place) {
  const auto request = sent.find(flush, place);
  return request ? request->name + " " + request->key : "nothing";
}

TEST(SentRequests, TimesOfTheLastWritesAreKnown) {
  SentRequests sent;
  const uint32_t first = sent.begin();
  EXPECT_EQ(sent.written_ns(first), 0u) << "not written yet";
  sent.written(first, 100);
  EXPECT_EQ(sent.written_ns(first), 100u);
  EXPECT_EQ(sent.written_ns(0), 0u);
  for (size_t i = 1; i < SentRequests::kTimes; ++i) sent.written(sent.begin(), 200 + i);
  EXPECT_EQ(sent.written_ns(first), 100u);
  const uint32_t last = sent.begin();
  sent.written(last, 300);
  EXPECT_EQ(sent.written_ns(first), 0u) << "too long ago, and not the time of another";
  EXPECT_EQ(sent.written_ns(last), 300u);
}

TEST(SentRequests, ARequestIsFoundByItsPlace) {
  SentRequests sent;
  const uint32_t flush = sent.begin();
  sent.keep(flush, request({"SET", "order:1", "secret"}) + request({"ROLE"}) + request({"get", "order:2"}),
            false);
  const uint32_t gated = sent.begin();
  sent.keep(gated, request({"HSET", "cart", "item", "secret"}), true);
  EXPECT_EQ(found(sent, flush, 0), "SET order:1");
  EXPECT_EQ(found(sent, flush, 1), "ROLE ");
  EXPECT_EQ(found(sent, flush, 2), "get order:2");
  EXPECT_EQ(found(sent, flush, 3), "nothing");
  EXPECT_EQ(found(sent, gated, 0), "HSET cart");
  EXPECT_EQ(found(sent, gated + 1, 0), "nothing");
}

TEST(SentRequests, OfALargeOneTheBeginningIsKept) {
  SentRequests sent;
  const uint32_t flush = sent.begin();
  const std::string small = request({"GET", "a"});
  sent.keep(flush, small + request({"SET", "large", std::string(100'000, 'v')}) + small, false);
  EXPECT_EQ(found(sent, flush, 0), "GET a");
  EXPECT_EQ(found(sent, flush, 1), "SET large");
  EXPECT_EQ(found(sent, flush, 2), "nothing");
}

// Whatever is found is what was sent: never the bytes of another write, or the inside of one.
TEST(SentRequests, OldOnesAreForgottenAndNeverMixedUp) {
  for (const size_t value : {1u, 100u, 1'000u, 3'000u, 50'000u}) {
    SentRequests sent;
    uint32_t oldest_found = 0;
    for (uint32_t i = 1; i <= 1'500; ++i) {
      const uint32_t flush = sent.begin();
      sent.keep(flush, request({"SET", "key:" + std::to_string(flush), std::string(value + i % 7, 'v')}),
                false);
      ASSERT_EQ(found(sent, flush, 0), "SET key:" + std::to_string(flush)) << "the newest is always there";
      if (i % 50 != 0) continue;
      oldest_found = flush;
      for (uint32_t j = 1; j <= flush; ++j) {
        const std::string name = found(sent, j, 0);
        if (name != "nothing") {
          ASSERT_EQ(name, "SET key:" + std::to_string(j)) << "with values of " << value;
          oldest_found = std::min(oldest_found, j);
        }
      }
      const size_t kept = flush - oldest_found + 1;
      ASSERT_LE(kept, SentRequests::kWrites);
      ASSERT_GE(kept, std::min<size_t>(i, SentRequests::kBytes / SentRequests::kBytesOfOne - 1));
    }
  }
}

}  // namespace
}  // namespace holdfast::proxy
