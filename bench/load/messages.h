// The requests that the load generator sends, and the only replies that it takes for them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::bench {

enum class RequestKind : uint8_t { kSet, kGet };

class Messages {
 public:
  explicit Messages(size_t value_bytes);

  // Appends "SET key:<12 digits> <value>" or "GET key:<12 digits>".
  void append(std::string& out, RequestKind kind, uint64_t key) const;

  enum class Outcome { kExpected, kNeedMore, kWrong };

  // Looks at the reply at the start of [data, data + size): a SET must be answered by +OK, a GET by a value
  // of the size that SET writes. After kExpected `consumed` is its length.
  Outcome check(const char* data, size_t size, RequestKind kind, size_t& consumed) const;

  // "the reply to a SET was '-ERR ...'", for a reply that check() found wrong.
  static std::string describe(RequestKind kind, const char* data, size_t size);

 private:
  std::string set_;  // a whole request, with zeros for the key's number
  std::string get_;
  std::string value_header_;  // "$64\r\n"
  size_t value_reply_bytes_;
};

}  // namespace holdfast::bench
