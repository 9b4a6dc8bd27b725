#include "resp/request_parser.h"

#include <algorithm>
#include <cstring>

#include "resp/decimal_line.h"

namespace holdfast::resp {
namespace {

// The least that an argument takes: "$0\r\n\r\n".
constexpr uint64_t kSmallestArgument = 6;
// The vector of views is given back after a request with more arguments than this.
constexpr size_t kLineBytesMax = 64 * 1024;
constexpr size_t kKeepArguments = 4096;

// What stands between words (isspace in the C locale).
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// What ends a word without quotes: in sdssplitargs neither \v nor \f does.
bool ends_word(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

}  // namespace

RequestParser::Outcome RequestParser::fail(std::string_view text) {
  error_.assign("-ERR Protocol error: ").append(text).append("\r\n");
  return Outcome::kError;
}

RequestParser::Outcome RequestParser::need(uint64_t bytes) {
  needed_ = bytes;
  return Outcome::kNeedMore;
}

// Redis reads a length only once its line is there, and complains of a line that does not end.
RequestParser::Outcome RequestParser::bad_line(const char* data, size_t size, size_t at,
                                               std::string_view what, std::string_view text) {
  const void* end = std::memchr(data + at, '\r', std::min(size - at, kLineBytesMax));
  if (end != nullptr) return fail(text);
  if (size - at > kLineBytesMax) return fail("too big " + std::string(what) + " string");
  return need(size + 1);
}

RequestParser::Outcome RequestParser::parse(const char* data, size_t size, const Limits& limits) {
  if (arguments_.capacity() > kKeepArguments) std::vector<std::string_view>().swap(arguments_);
  arguments_.clear();
  consumed_ = 0;
  if (size == 0) return need(1);
  is_inline_ = data[0] != '*';
  return is_inline_ ? parse_inline(data, size, limits) : parse_multibulk(data, size, limits);
}

RequestParser::Outcome RequestParser::parse_multibulk(const char* data, size_t size, const Limits& limits) {
  size_t at = 1;
  int64_t count = 0;
  switch (read_decimal_line(data, size, at, count)) {
    case LineOutcome::kNeedMore:
      return need(size + 1);
    case LineOutcome::kBad:
      return bad_line(data, size, at, "mbulk count", "invalid multibulk length");
    case LineOutcome::kNumber:
      break;
  }
  if (count > limits.arguments_max)
    return fail(&limits == &kLimitsBeforeAuth ? "unauthenticated multibulk length"
                                              : "invalid multibulk length");
  if (count <= 0) {
    consumed_ = at;
    return Outcome::kEmpty;
  }
  for (int64_t left = count; left > 0; --left) {
    const uint64_t rest = static_cast<uint64_t>(left) * kSmallestArgument;
    if (at == size) return need(at + rest);
    if (data[at] != '$') [[unlikely]]
      return not_a_bulk(data[at]);
    ++at;
    int64_t length = 0;
    switch (read_decimal_line(data, size, at, length)) {
      case LineOutcome::kNeedMore:
        return need(size + 1 > at - 1 + rest ? size + 1 : at - 1 + rest);
      case LineOutcome::kBad:
        return bad_line(data, size, at, "bulk count", "invalid bulk length");
      case LineOutcome::kNumber:
        break;
    }
    if (length < 0 || length > limits.bulk_bytes_max) [[unlikely]]
      return fail(length > 0 && &limits == &kLimitsBeforeAuth ? "unauthenticated bulk length"
                                                              : "invalid bulk length");
    const auto body = static_cast<uint64_t>(length);
    if (size - at < body + 2) return need(at + body + 2 + (rest - kSmallestArgument));
    arguments_.emplace_back(data + at, body);
    at += body + 2;
  }
  consumed_ = at;
  return Outcome::kRequest;
}

RequestParser::Outcome RequestParser::not_a_bulk(char got) {
  // Printable, so that a hostile byte cannot end the line of the reply.
  return fail(std::string("expected '$', got '") + (got >= ' ' && got <= '~' ? got : '?') + "'");
}

RequestParser::Outcome RequestParser::parse_inline(const char* data, size_t size, const Limits& limits) {
  if (is_tls(data, size)) return fail("this is TLS, and the address does not speak it");
  const void* newline = std::memchr(data, '\n', size);
  if (newline == nullptr)
    return size > limits.inline_bytes_max ? fail("too big inline request") : need(size + 1);
  size_t length = static_cast<size_t>(static_cast<const char*>(newline) - data);
  if (length > limits.inline_bytes_max) return fail("too big inline request");
  consumed_ = length + 1;
  if (length > 0 && data[length - 1] == '\r') --length;
  // Redis looks for the end of the line only up to a NUL, so it would wait for ever; what stands before the
  // NUL is not what the client meant to run.
  if (std::memchr(data, '\0', length) != nullptr) return fail("unexpected NUL in inline request");
  if (!split_inline({data, length})) return fail("unbalanced quotes in request");
  return arguments_.empty() ? Outcome::kEmpty : Outcome::kRequest;
}

// Words as in sdssplitargs (sds.c): "..." with escapes, '...' with \' only; a closing quote must be
// followed by a space or the end.
bool RequestParser::split_inline(std::string_view line) {
  unquoted_.clear();
  size_t at = 0;
  while (true) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) break;
    std::string word;
    char quote = 0;
    for (;; ++at) {
      if (at == line.size()) {
        if (quote != 0) return false;
        break;
      }
      const char c = line[at];
      if (quote == 0) {
        if (ends_word(c)) break;
        if (c == '"' || c == '\'') {
          quote = c;
        } else {
          word += c;
        }
        continue;
      }
      if (c == quote) {
        if (at + 1 < line.size() && !is_space(line[at + 1])) return false;
        quote = 0;
        ++at;
        break;
      }
      if (c != '\\' || at + 1 == line.size()) {
        word += c;
        continue;
      }
      if (quote == '\'') {
        if (line[at + 1] == '\'') {
          word += '\'';
          ++at;
        } else {
          word += c;
        }
        continue;
      }
      if (line[at + 1] == 'x' && at + 3 < line.size() && hex_digit(line[at + 2]) >= 0 &&
          hex_digit(line[at + 3]) >= 0) {
        word += static_cast<char>(hex_digit(line[at + 2]) * 16 + hex_digit(line[at + 3]));
        at += 3;
        continue;
      }
      ++at;
      word += unescape(line[at]);
    }
    unquoted_.push_back(std::move(word));
  }
  for (const std::string& word : unquoted_) arguments_.emplace_back(word);
  return true;
}

}  // namespace holdfast::resp
