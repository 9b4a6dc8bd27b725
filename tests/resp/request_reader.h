// What the tests of RequestParser share: a reader that treats fragments exactly as a session does
// (proxy/session_input.cc: keep the tail, parse again only when needed() bytes are there), and checks that
// run one case in every fragmentation.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "resp/request_parser.h"
#include "tests/resp/fragments.h"

namespace holdfast::testing {

using Words = std::vector<std::string>;

// One outcome other than kNeedMore.
struct Parsed {
  resp::RequestParser::Outcome outcome = resp::RequestParser::Outcome::kEmpty;
  size_t consumed = 0;  // 0 for an error
  bool is_inline = false;
  Words arguments;
  std::string error;

  friend bool operator==(const Parsed&, const Parsed&) = default;
};
void PrintTo(const Parsed& parsed, std::ostream* out);

class RequestReader {
 public:
  explicit RequestReader(const resp::Limits& limits = resp::kLimits) : limits_(limits) {}

  void feed(std::string_view fragment);
  void feed(const Fragments& fragments) {
    for (const std::string_view fragment : fragments) feed(fragment);
  }

  const std::vector<Parsed>& parsed() const { return parsed_; }
  bool failed() const { return failed_; }
  // Bytes of a request that is not complete yet, and how many of it would bring the parser further.
  size_t waiting_bytes() const { return tail_.size(); }
  uint64_t needed() const { return needed_; }

 private:
  const resp::Limits& limits_;
  resp::RequestParser parser_;
  std::string tail_;
  uint64_t needed_ = 0;
  std::vector<Parsed> parsed_;
  bool failed_ = false;
};

// `bytes` are exactly one request with these arguments: alone, three times in a row, in every fragmentation;
// needed() never asks for more than the request has.
void expect_request(std::string_view bytes, const Words& arguments, bool is_inline,
                    const resp::Limits& limits = resp::kLimits);
inline void expect_multibulk(std::string_view bytes, const Words& arguments) {
  expect_request(bytes, arguments, false);
}
inline void expect_inline(std::string_view bytes, const Words& arguments) {
  expect_request(bytes, arguments, true);
}

// `bytes` ask for nothing and have no reply.
void expect_empty(std::string_view bytes);

// `bytes` begin with a protocol error; `text` is what stands behind "-ERR Protocol error: ". Also behind
// requests that are in order, which are found first.
void expect_error(std::string_view bytes, std::string_view text, const resp::Limits& limits = resp::kLimits);

// `bytes` are the beginning of a request, of which at least `needed` bytes are needed.
void expect_incomplete(std::string_view bytes, uint64_t needed, const resp::Limits& limits = resp::kLimits);

}  // namespace holdfast::testing
