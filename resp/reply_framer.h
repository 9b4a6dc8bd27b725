// Finds where replies end in what a server sends, RESP2 and RESP3, without keeping or understanding more
// than that. Incremental: feed it whatever a read brought. Pure; one thread at a time.
//
// Aggregates need no stack: one counter of elements still to come is enough (an array of n adds n, a map
// 2n; an attribute adds 2n and does not itself count as an element; nor does a push inside of a reply, which
// Redis 7.0 puts into EXEC's answer when a transaction publishes to its own client).
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "resp/decimal_line.h"

namespace holdfast::resp {

class ReplyFramer {
 public:
  enum class Outcome {
    kReply,     // a reply ended at `consumed`
    kNeedMore,  // all of the input was taken and the reply goes on
    kError,     // not RESP
  };

  // Takes bytes up to the end of the current reply, or all of them. `consumed` is always set.
  Outcome feed(const char* data, size_t size, size_t& consumed) {
    // Most replies are one short line or one value, and all there: "+OK\r\n", ":1\r\n", "$3\r\nabc\r\n".
    if (state_ == State::kType && !in_reply_ && size > 0) [[likely]] {
      const char c = data[0];
      if (size >= kOk.size() && std::memcmp(data, kOk.data(), kOk.size()) == 0) {
        type_ = c;
        consumed = kOk.size();
        return Outcome::kReply;
      }
      if (c == '$') {
        size_t at = 1;
        int64_t length = 0;
        if (read_decimal_line(data, size, at, length) == LineOutcome::kNumber && length >= 0 &&
            size - at >= static_cast<uint64_t>(length) + 2) {
          type_ = c;
          consumed = at + static_cast<size_t>(length) + 2;
          return Outcome::kReply;
        }
      } else if (c == '+' || c == ':' || c == '-') {
        const void* newline = std::memchr(data + 1, '\n', size - 1);
        if (newline != nullptr) [[likely]] {
          type_ = c;
          consumed = static_cast<size_t>(static_cast<const char*>(newline) - data) + 1;
          return Outcome::kReply;
        }
      }
    }
    return slow_feed(data, size, consumed);
  }

  // True between replies.
  bool at_boundary() const { return state_ == State::kType && elements_left_ == 1 && !in_reply_; }
  // The type byte of the reply that is under way or has just ended ('+', '$', '>' ...).
  char type() const { return type_; }

 private:
  static constexpr std::string_view kOk = "+OK\r\n";

  enum class State : uint8_t { kType, kLine, kNumber, kBody };

  Outcome slow_feed(const char* data, size_t size, size_t& consumed);
  bool finish_number();

  State state_ = State::kType;
  bool in_reply_ = false;
  bool negative_ = false;
  bool digits_seen_ = false;
  bool saw_cr_ = false;
  char type_ = 0;     // of the whole reply
  char element_ = 0;  // of the element whose number is being read
  int64_t number_ = 0;
  int64_t elements_left_ = 1;
  uint64_t body_left_ = 0;
};

}  // namespace holdfast::resp
