#include "tests/support/raw_client.h"

#include <cstdlib>
#include <utility>

namespace holdfast::testing {

std::string encode_request(const std::vector<std::string>& arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments)
    bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  return bytes;
}

bool RawClient::read_more() {
  const std::optional<std::string> bytes = socket_.read_some(1 << 20);
  if (!bytes || bytes->empty()) return false;
  received_ += *bytes;
  return true;
}

std::optional<size_t> RawClient::end_of_line(size_t at) {
  size_t searched = at;
  while (true) {
    const size_t end = received_.find("\r\n", searched);
    if (end != std::string::npos) return end + 2;
    searched = received_.size() > at ? received_.size() - 1 : at;
    if (!read_more()) return std::nullopt;
  }
}

std::optional<size_t> RawClient::end_of_reply(size_t at) {
  std::optional<size_t> line_end = end_of_line(at);
  if (!line_end) return std::nullopt;
  const char type = received_[at];
  const long length = std::strtol(received_.c_str() + at + 1, nullptr, 10);
  switch (type) {
    case '$':
    case '=':
    case '!': {
      if (length < 0) return line_end;
      const size_t end = *line_end + static_cast<size_t>(length) + 2;
      while (received_.size() < end) {
        if (!read_more()) return std::nullopt;
      }
      return end;
    }
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': {
      // An attribute belongs to the value that follows it.
      long left = type == '%' ? 2 * length : type == '|' ? 2 * length + 1 : length;
      while (left > 0 && line_end) {
        // A push between the elements is not one of them.
        if (*line_end == received_.size() && !read_more()) return std::nullopt;
        if (received_[*line_end] != '>') --left;
        line_end = end_of_reply(*line_end);
      }
      return line_end;
    }
    default:
      return line_end;
  }
}

std::string RawClient::read_reply() {
  const std::optional<size_t> end = received_.empty() && !read_more() ? std::nullopt : end_of_reply(0);
  if (!end) return std::exchange(received_, {}) + "(closed)";
  std::string reply = received_.substr(0, *end);
  received_.erase(0, *end);
  return reply;
}

std::string RawClient::command(const std::vector<std::string>& arguments) {
  if (!send(encode_request(arguments))) return "(closed)";
  return read_reply();
}

std::string RawClient::read_until(std::string_view end) {
  size_t at = received_.find(end);
  while (at == std::string::npos && read_more()) at = received_.find(end);
  const size_t size = at == std::string::npos ? received_.size() : at + end.size();
  std::string bytes = received_.substr(0, size);
  received_.erase(0, size);
  return bytes;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(received_, {});
}

}  // namespace holdfast::testing
