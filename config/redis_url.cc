#include "config/redis_url.h"

#include <charconv>
#include <optional>
#include <utility>

namespace holdfast::config {
namespace {

constexpr std::string_view kDefaultPort = ":6379";
constexpr size_t kMaxSocketPath = 107;  // sockaddr_un on Linux, without the closing zero

Error wrong(std::string_view what) {
  return Error(ErrorCode::kInvalid, std::string(what));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    const auto [end, problem] = std::from_chars(digits, digits + 2, byte, 16);
    if (problem != std::errc() || end != digits + 2) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

// Takes "user:password@" off the front of `rest`.
Status take_credentials(std::string_view& rest, RedisUrl& url) {
  // A '/' before the last '@' belongs to an unencoded password; cutting there would take half of the
  // password for a host name.
  const size_t at = rest.rfind('@');
  if (at == std::string_view::npos || rest.front() == '/') return {};  // "unix:///run/a@b" has none
  const std::string_view credentials = rest.substr(0, at);
  if (credentials.find_first_of("/?#") != std::string_view::npos)
    return wrong("a '/', '?' or '#' in the user or password must be percent-encoded, as in %2F");
  rest.remove_prefix(at + 1);
  const size_t colon = credentials.find(':');
  auto user = percent_decode(credentials.substr(0, colon));
  auto password = percent_decode(colon == std::string_view::npos ? "" : credentials.substr(colon + 1));
  if (!user || !password)
    return wrong(
        "a '%' in the user or password must be followed by two hex digits; write %25 for '%' itself");
  url.user = std::move(*user);
  url.password = std::move(*password);
  return {};
}

Status take_host(std::string_view rest, RedisUrl& url) {
  const size_t slash = rest.find_first_of("/?#");
  if (slash != std::string_view::npos && rest.substr(slash) != "/")
    return wrong("nothing may follow the port: clients choose their database with SELECT");
  std::string address(rest.substr(0, slash));
  const size_t bracket = address.rfind(']');
  const size_t colon = address.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) address += kDefaultPort;
  const auto endpoint = Endpoint::parse(address);
  if (!endpoint.ok() || endpoint.value().kind != Endpoint::Kind::kTcp || endpoint.value().host.empty() ||
      endpoint.value().port == 0)
    return wrong("the host or port is not valid; write redis://host:port with a port from 1 to 65535");
  url.endpoint = endpoint.value();
  return {};
}

Status take_path(std::string_view rest, RedisUrl& url) {
  if (!rest.starts_with('/'))
    return wrong("a unix socket needs an absolute path, as in unix:///run/redis.sock");
  if (rest.size() > kMaxSocketPath) return wrong("the path of a unix socket has at most 107 bytes");
  url.endpoint.kind = Endpoint::Kind::kUnix;
  url.endpoint.path = rest;
  return {};
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Result<RedisUrl> parse_redis_url(std::string_view text) {
  RedisUrl url;
  url.tls = take_prefix(text, "rediss://");
  const bool tcp = url.tls || take_prefix(text, "redis://");
  if (!tcp && !take_prefix(text, "unix://"))
    return wrong("must begin with redis://, rediss:// or unix://, as in \"redis://127.0.0.1:6379\"");
  if (const Status taken = take_credentials(text, url); !taken.ok()) return taken.error();
  if (const Status taken = tcp ? take_host(text, url) : take_path(text, url); !taken.ok())
    return taken.error();
  return url;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      result += c;
    else
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return result;
}

}  // namespace holdfast::config
