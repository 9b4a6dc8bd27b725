#include "tests/support/http_client.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace holdfast::testing {
namespace {

std::optional<size_t> parse_number(std::string_view text) {
  size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "HTTP/1.1 200 OK" and "Name: value" lines, without the empty line behind them.
std::optional<HttpReply> parse_head(std::string_view head) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion)) return std::nullopt;
  const std::optional<size_t> status = parse_number(head.substr(kVersion.size(), 3));
  if (!status.has_value()) return std::nullopt;
  HttpReply reply;
  reply.status = static_cast<int>(*status);
  size_t line_end = head.find("\r\n");
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!reply.headers.emplace(std::move(name), line.substr(colon + 2)).second) return std::nullopt;
  }
  return reply;
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

bool HttpClient::read_more() {
  const std::optional<std::string> piece = socket_.read_some();
  if (!piece.has_value() || piece->empty()) return false;
  received_ += *piece;
  return true;
}

std::optional<HttpReply> HttpClient::read_reply(bool to_head) {
  size_t head_end = received_.find("\r\n\r\n");
  while (head_end == std::string::npos) {
    if (!read_more()) return std::nullopt;
    head_end = received_.find("\r\n\r\n");
  }
  std::optional<HttpReply> reply = parse_head(std::string_view(received_).substr(0, head_end));
  if (!reply.has_value()) return std::nullopt;
  received_.erase(0, head_end + 4);
  const std::optional<size_t> length = parse_number(reply->header("content-length"));
  if (!length.has_value()) return std::nullopt;
  if (to_head) return reply;
  while (received_.size() < *length)
    if (!read_more()) return std::nullopt;
  reply->body = received_.substr(0, *length);
  received_.erase(0, *length);
  return reply;
}

std::optional<HttpReply> HttpClient::get(std::string_view path) {
  if (!send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) return std::nullopt;
  return read_reply();
}

bool HttpClient::closed() {
  const std::optional<std::string> rest = socket_.read_some();
  return received_.empty() && rest.has_value() && rest->empty();
}

std::optional<HttpReply> http_get(uint16_t port, std::string_view path) {
  return HttpClient(port).get(path);
}

}  // namespace holdfast::testing
