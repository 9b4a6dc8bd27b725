#include "journal/redis_questions.h"

#include <charconv>

namespace holdfast::journal {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kLineMax = 64 * 1024;
constexpr int kDepthMax = 16;

Error no_answer() {
  return Error(ErrorCode::kProtocol, "an answer that is not Redis's");
}

bool read_number(std::string_view text, int64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

int64_t RedisValue::number() const {
  int64_t value = 0;
  return read_number(text, value) ? value : 0;
}

Result<RedisValue> RedisQuestions::ask(std::initializer_list<std::string_view> command) {
  if (Status sent = connection_.send(command); !sent.ok()) return sent.error();
  return read();
}

Result<RedisValue> RedisQuestions::read() {
  taken_ = 0;
  return read_value(0);
}

Result<std::string> RedisQuestions::read_line() {
  while (true) {
    const size_t newline = buffer_.find("\r\n", at_);
    if (newline != std::string::npos) {
      std::string line = buffer_.substr(at_, newline - at_);
      at_ = newline + 2;
      return line;
    }
    if (buffer_.size() - at_ > kLineMax) return no_answer();
    char bytes[kReadBytes];
    auto n = connection_.read_some(bytes, sizeof bytes, connection_.timeout_ms());
    if (!n.ok()) return n.error();
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_.append(bytes, n.value());
  }
}

Status RedisQuestions::read_body(size_t size, std::string& text) {
  taken_ += size;
  if (taken_ > bytes_max_) return Error(ErrorCode::kProtocol, "an answer that is too long");
  const size_t whole = size + 2;
  while (buffer_.size() - at_ < whole) {
    char bytes[kReadBytes];
    auto n = connection_.read_some(bytes, sizeof bytes, connection_.timeout_ms());
    if (!n.ok()) return n.error();
    buffer_.append(bytes, n.value());
  }
  text = buffer_.substr(at_, size);
  at_ += whole;
  return {};
}

Result<RedisValue> RedisQuestions::read_value(int depth) {
  auto line = read_line();
  if (!line.ok()) return line.error();
  if (line.value().empty() || depth > kDepthMax) return no_answer();
  const char type = line.value()[0];
  const std::string rest = line.value().substr(1);
  RedisValue value;
  if (type == '-' && depth == 0) return Error(ErrorCode::kRefused, rest);
  if (type == '+' || type == '-' || type == ':') {
    value.kind = type == ':' ? RedisValue::Kind::kNumber : RedisValue::Kind::kText;
    value.text = rest;
    return value;
  }
  int64_t size = 0;
  if ((type != '$' && type != '*') || !read_number(rest, size)) return no_answer();
  if (size < 0) return value;
  if (type == '$') {
    value.kind = RedisValue::Kind::kText;
    if (Status read = read_body(static_cast<size_t>(size), value.text); !read.ok()) return read.error();
    return value;
  }
  value.kind = RedisValue::Kind::kList;
  for (int64_t i = 0; i < size; ++i) {
    auto element = read_value(depth + 1);
    if (!element.ok()) return element;
    value.list.push_back(std::move(element).value());
  }
  return value;
}

}  // namespace holdfast::journal
