// Random bytes and damaged requests: no crash, nothing read beyond the input (under AddressSanitizer), and
// the fragmentation changes nothing. RequestReader checks what one call may answer.

#include <gtest/gtest.h>

#include <string>

#include "resp/encode.h"
#include "tests/resp/random_bytes.h"
#include "tests/resp/request_reader.h"

namespace holdfast::resp {
namespace {

using testing::Fragments;
using testing::Parsed;
using testing::printable;
using testing::RandomBytes;
using testing::RequestReader;

// In pieces an error may be seen later, since the reader waits for what a request needs at the least; it
// is seen before the reader has more than that.
void expect_same_in_pieces(const std::string& bytes, const Fragments& pieces) {
  RequestReader whole;
  whole.feed(bytes);
  RequestReader pieced;
  pieced.feed(pieces);
  std::vector<Parsed> expected = whole.parsed();
  if (whole.failed() && !pieced.failed()) {
    ASSERT_LT(pieced.waiting_bytes(), pieced.needed()) << printable(bytes);
    expected.pop_back();
  }
  ASSERT_EQ(pieced.parsed(), expected) << printable(bytes);
  if (!whole.failed()) {
    ASSERT_EQ(pieced.waiting_bytes(), whole.waiting_bytes()) << printable(bytes);
  } else if (!pieced.failed() && pieced.needed() < 1'000'000) {
    while (!pieced.failed() && pieced.waiting_bytes() < pieced.needed())
      pieced.feed(std::string(pieced.needed() - pieced.waiting_bytes(), 'x'));
    ASSERT_EQ(pieced.parsed(), whole.parsed()) << printable(bytes);
  }
}

Fragments single_bytes(std::string_view bytes) {
  Fragments pieces;
  for (size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
  return pieces;
}

void check(RandomBytes& random, const std::string& bytes) {
  expect_same_in_pieces(bytes, single_bytes(bytes));
  expect_same_in_pieces(bytes, random.cut(bytes));
}

TEST(RequestFuzz, AnyBytes) {
  RandomBytes random(4'711);
  for (int i = 0; i < 5'000 && !HasFatalFailure(); ++i) check(random, random.any(random.below(80)));
}

TEST(RequestFuzz, BytesOfTheProtocol) {
  RandomBytes random(815);
  for (int i = 0; i < 20'000 && !HasFatalFailure(); ++i) {
    std::string bytes = random.of("*$$01123\r\n\r\n\r\n-x\"'\\ ", random.below(60));
    if (random.below(2) == 0) bytes.insert(0, "*2\r\n$1\r\na\r\n$");
    check(random, bytes);
  }
}

TEST(RequestFuzz, DamagedPipelines) {
  RandomBytes random(42);
  for (int i = 0; i < 3'000 && !HasFatalFailure(); ++i) {
    std::string bytes;
    for (uint64_t left = 1 + random.below(4); left > 0; --left) {
      std::vector<std::string> owned = random.arguments();
      for (std::string& argument : owned) argument.resize(std::min<size_t>(argument.size(), 300));
      append_command(bytes, std::vector<std::string_view>(owned.begin(), owned.end()));
      if (random.below(4) == 0) bytes += "GET \"some key\"\r\n";
    }
    check(random, random.below(4) == 0 ? bytes : random.mutated(bytes));
  }
}

}  // namespace
}  // namespace holdfast::resp
