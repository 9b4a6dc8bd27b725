#include "resp/reply_framer.h"

#include <algorithm>
#include <cstring>

#include "resp/limits.h"

namespace holdfast::resp {
namespace {

// Redis bounds neither; this only keeps a corrupt count from being believed.
constexpr int64_t kElementsMax = INT64_C(1) << 40;

}  // namespace

// The number of a length or count is complete: go on with what it announces. False if it is nonsense.
bool ReplyFramer::finish_number() {
  if (!digits_seen_ || !saw_cr_) return false;
  const int64_t value = negative_ ? -number_ : number_;
  state_ = State::kType;
  switch (element_) {
    case '$':
    case '=':
    case '!':
      if (value == -1) {
        --elements_left_;
        return true;
      }
      if (value < 0 || value > kStreamBulkBytesMax) return false;
      body_left_ = static_cast<uint64_t>(value) + 2;
      state_ = State::kBody;
      return true;
    default: {
      if (value < -1 || value > kElementsMax) return false;
      const int64_t children = std::max<int64_t>(value, 0) * (element_ == '%' || element_ == '|' ? 2 : 1);
      elements_left_ += children;
      const bool interleaved = element_ == '>' && type_ != '>';
      if (element_ != '|' && !interleaved) --elements_left_;
      return elements_left_ <= kElementsMax;
    }
  }
}

ReplyFramer::Outcome ReplyFramer::slow_feed(const char* data, size_t size, size_t& consumed) {
  size_t at = 0;
  while (at < size) {
    switch (state_) {
      case State::kType: {
        const char c = data[at++];
        if (!in_reply_) {
          in_reply_ = true;
          type_ = c;
        }
        switch (c) {
          case '+':
          case '-':
          case ':':
          case ',':
          case '#':
          case '_':
          case '(':
            state_ = State::kLine;
            break;
          case '$':
          case '=':
          case '!':
          case '*':
          case '%':
          case '~':
          case '>':
          case '|':
            element_ = c;
            number_ = 0;
            negative_ = digits_seen_ = saw_cr_ = false;
            state_ = State::kNumber;
            break;
          default:
            consumed = at;
            return Outcome::kError;
        }
        break;
      }
      case State::kLine: {
        const void* newline = std::memchr(data + at, '\n', size - at);
        if (newline == nullptr) {
          at = size;
          break;
        }
        at = static_cast<size_t>(static_cast<const char*>(newline) - data) + 1;
        --elements_left_;
        state_ = State::kType;
        break;
      }
      case State::kNumber: {
        const char c = data[at++];
        if (c >= '0' && c <= '9' && !saw_cr_ && number_ <= kElementsMax) {
          number_ = number_ * 10 + (c - '0');
          digits_seen_ = true;
        } else if (c == '-' && !digits_seen_ && !negative_) {
          negative_ = true;
        } else if (c == '\r' && !saw_cr_) {
          saw_cr_ = true;
        } else if (c != '\n' || !finish_number()) {
          consumed = at;
          return Outcome::kError;
        }
        break;
      }
      case State::kBody: {
        const uint64_t n = std::min<uint64_t>(body_left_, size - at);
        at += n;
        body_left_ -= n;
        if (body_left_ == 0) {
          --elements_left_;
          state_ = State::kType;
        }
        break;
      }
    }
    if (state_ == State::kType && elements_left_ == 0) {
      elements_left_ = 1;
      in_reply_ = false;
      consumed = at;
      return Outcome::kReply;
    }
  }
  consumed = at;
  return Outcome::kNeedMore;
}

}  // namespace holdfast::resp
