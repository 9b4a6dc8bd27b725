#include "resp/reply_cursor.h"

#include <charconv>

#include "resp/decimal_line.h"
#include "resp/reply_framer.h"

namespace holdfast::resp {

bool ReplyCursor::line(std::string_view& text, size_t& end) const {
  const size_t newline = rest_.find("\r\n");
  if (newline == std::string_view::npos || newline == 0) return false;
  text = rest_.substr(1, newline - 1);
  end = newline + 2;
  return true;
}

bool ReplyCursor::read_number_line(size_t& at, int64_t& number) const {
  at = 1;
  return read_decimal_line(rest_.data(), rest_.size(), at, number) == LineOutcome::kNumber;
}

bool ReplyCursor::read_array(int64_t& elements) {
  if (rest_.empty()) return false;
  const char type = rest_[0];
  if (type != '*' && type != '~' && type != '>' && type != '%') return false;
  size_t at = 0;
  int64_t count = 0;
  if (!read_number_line(at, count) || count < 0) return false;
  elements = type == '%' ? count * 2 : count;
  rest_.remove_prefix(at);
  return true;
}

bool ReplyCursor::read_string(std::string_view& text) {
  if (rest_.empty()) return false;
  size_t end = 0;
  if (rest_[0] == '+') {
    if (!line(text, end)) return false;
    rest_.remove_prefix(end);
    return true;
  }
  if (rest_[0] != '$' && rest_[0] != '=') return false;
  int64_t length = 0;
  if (!read_number_line(end, length) || length < 0 || rest_.size() < end + static_cast<size_t>(length) + 2)
    return false;
  text = rest_.substr(end, static_cast<size_t>(length));
  if (rest_[0] == '=' && text.size() >= 4) text.remove_prefix(4);
  rest_.remove_prefix(end + static_cast<size_t>(length) + 2);
  return true;
}

bool ReplyCursor::read_integer(int64_t& value) {
  const std::string_view before = rest_;
  std::string_view text;
  size_t end = 0;
  if (!rest_.empty() && rest_[0] == ':') {
    if (!line(text, end)) return false;
    rest_.remove_prefix(end);
  } else if (!read_string(text)) {
    return false;
  }
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc() && stop == text.data() + text.size()) return true;
  rest_ = before;
  return false;
}

bool ReplyCursor::read_error(std::string_view& text) {
  if (rest_.empty() || rest_[0] != '-') return false;
  size_t end = 0;
  if (!line(text, end)) return false;
  rest_.remove_prefix(end);
  return true;
}

bool ReplyCursor::skip() {
  ReplyFramer framer;
  size_t consumed = 0;
  if (framer.feed(rest_.data(), rest_.size(), consumed) != ReplyFramer::Outcome::kReply) return false;
  rest_.remove_prefix(consumed);
  return true;
}

}  // namespace holdfast::resp
