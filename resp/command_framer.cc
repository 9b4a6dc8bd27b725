#include "resp/command_framer.h"

#include <algorithm>
#include <cstring>

#include "resp/command_end.h"
#include "resp/limits.h"

namespace holdfast::resp {

void CommandFramer::remember(const char* data, size_t size) {
  const size_t n = std::min(size, kHeadCapacity - head_size_);
  std::memcpy(head_.data() + head_size_, data, n);
  head_size_ += n;
}

void CommandFramer::begin_number(State state) {
  number_ = 0;
  digits_seen_ = false;
  saw_cr_ = false;
  state_ = state;
}

CommandFramer::Outcome CommandFramer::feed(const char* data, size_t size, size_t& consumed) {
  size_t at = 0;
  size_t command_from = 0;  // where the bytes begin that head() has not seen yet
  if (state_ == State::kStart) {
    head_size_ = 0;
    // Nearly always all of it is here.
    if (const size_t end = command_end(data, size); end > 0) {
      remember(data, end);
      consumed = end;
      return Outcome::kCommand;
    }
  }
  while (at < size) {
    const char c = data[at];
    switch (state_) {
      case State::kStart:
        ++at;
        if (c == '\n' || c == '\r') {
          command_from = at;
          break;
        }
        if (c != '*') {
          consumed = at;
          return Outcome::kError;
        }
        command_from = at - 1;
        begin_number(State::kCount);
        break;
      case State::kCount:
      case State::kLength:
        ++at;
        if (c >= '0' && c <= '9' && !saw_cr_) {
          number_ = number_ * 10 + (c - '0');
          digits_seen_ = true;
          const int64_t limit = state_ == State::kCount ? INT64_C(0x7fffffff) : kStreamBulkBytesMax;
          if (number_ <= limit) break;
        } else if (c == '\r' && !saw_cr_ && digits_seen_) {
          saw_cr_ = true;
          break;
        } else if (c == '\n' && saw_cr_) {
          if (state_ == State::kLength) {
            body_left_ = static_cast<uint64_t>(number_) + 2;
            state_ = State::kBody;
            break;
          }
          if (number_ > 0) {
            arguments_left_ = number_;
            state_ = State::kDollar;
            break;
          }
        }
        consumed = at;
        return Outcome::kError;
      case State::kDollar:
        ++at;
        if (c != '$') {
          consumed = at;
          return Outcome::kError;
        }
        begin_number(State::kLength);
        break;
      case State::kBody: {
        const uint64_t n = std::min<uint64_t>(body_left_, size - at);
        at += n;
        body_left_ -= n;
        if (body_left_ > 0) break;
        if (--arguments_left_ > 0) {
          state_ = State::kDollar;
          break;
        }
        remember(data + command_from, at - command_from);
        state_ = State::kStart;
        consumed = at;
        return Outcome::kCommand;
      }
    }
  }
  if (state_ != State::kStart) remember(data + command_from, at - command_from);
  consumed = at;
  return Outcome::kNeedMore;
}

}  // namespace holdfast::resp
