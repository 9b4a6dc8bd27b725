#include "cli/admin_client.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "journal/redis_connection.h"

namespace holdfast::cli {
namespace {

constexpr int64_t kTimeoutMs = 3'000;
constexpr size_t kHeadLinesMax = 100;
constexpr size_t kBodyMax = 64 * 1024 * 1024;
constexpr std::string_view kLengthHeader = "content-length:";

using Connection = journal::RedisConnection;

bool begins_with(std::string_view line, std::string_view name) {
  return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

// An empty line is one for RedisConnection that it skips, so the head is read byte-wise in one string.
Result<std::string> read_head(Connection& connection, std::string& rest) {
  std::string text;
  char buffer[4096];
  while (true) {
    const size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) {
      rest = text.substr(end + 4);
      text.resize(end + 2);
      return text;
    }
    if (text.size() > kHeadLinesMax * 1024)
      return Error(ErrorCode::kProtocol, "the head of the answer has no end");
    auto n = connection.read_some(buffer, sizeof(buffer), kTimeoutMs);
    if (!n.ok()) return n.error();
    text.append(buffer, n.value());
  }
}

Result<size_t> length_of(std::string_view head) {
  for (size_t at = 0; at < head.size();) {
    const size_t end = head.find("\r\n", at);
    std::string_view line = head.substr(at, end - at);
    at = end + 2;
    if (!begins_with(line, kLengthHeader)) continue;
    line.remove_prefix(kLengthHeader.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    size_t length = 0;
    const auto [stop, problem] = std::from_chars(line.data(), line.data() + line.size(), length);
    if (problem == std::errc() && stop == line.data() + line.size() && length <= kBodyMax) return length;
  }
  return Error(ErrorCode::kProtocol, "the answer does not say how long it is");
}

Error refused(int status, const std::string& body) {
  const std::string said = body.substr(0, body.find('\n'));
  if (status == 401)
    return {ErrorCode::kRefused,
            "it asks for a token (--token-file FILE, or --config with the file's): " + said};
  if (status == 403) return {ErrorCode::kRefused, "it asks for a certificate (--cert and --key): " + said};
  return {ErrorCode::kProtocol,
          "it answers " + std::to_string(status) + ", so it is not the admin address of a Holdfast: " + said};
}

}  // namespace

std::string AdminAddress::to_string() const {
  if (endpoint.kind == Endpoint::Kind::kUnix) return endpoint.to_string();
  return (tls ? "https://" : "http://") + endpoint.to_string();
}

Result<AdminAddress> parse_admin_address(const std::string& text) {
  AdminAddress address;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    address.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  }
  if (!rest.starts_with("unix:")) rest = rest.substr(0, rest.find('/'));
  auto endpoint = Endpoint::parse(rest);
  if (!endpoint.ok())
    return Error(ErrorCode::kInvalid, "the admin address '" + text + "': " + endpoint.error().message());
  address.endpoint = std::move(endpoint).value();
  return address;
}

Result<AdminClient> AdminClient::open(AdminAddress address, const journal::StopSignal& stop) {
  std::shared_ptr<tls::Credentials> tls;
  if (address.tls) {
    auto loaded = tls::Credentials::load(tls::Side::kClient, {address.ca, address.cert, address.key, "", {}},
                                         "the admin address", address.endpoint.host);
    if (!loaded.ok()) return loaded.error();
    tls = std::move(loaded).value();
  }
  return AdminClient(std::move(address), stop, std::move(tls));
}

Result<std::string> AdminClient::get(const std::string& path) const {
  const std::string from = "cannot ask " + address_.to_string();
  auto connected = Connection::connect(address_.endpoint, tls_.get(), kTimeoutMs, *stop_);
  if (!connected.ok()) return connected.error().prefixed(from);
  Connection& connection = *connected.value();
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + address_.endpoint.to_string() +
                        "\r\nAccept: application/json\r\nConnection: close\r\n";
  if (!address_.token.empty()) request += "Authorization: Bearer " + address_.token + "\r\n";
  if (Status sent = connection.send_all(request + "\r\n"); !sent.ok()) return sent.error().prefixed(from);
  std::string body;
  const auto head = read_head(connection, body);
  if (!head.ok()) return head.error().prefixed(from);
  const std::string& text = head.value();
  int status = 0;
  if (text.starts_with("HTTP/1.") && text.size() > 12)
    std::from_chars(text.data() + 9, text.data() + 12, status);
  if (status == 0) return Error(ErrorCode::kProtocol, from + ": what answers there does not speak HTTP");
  const auto length = length_of(text);
  if (!length.ok()) return length.error().prefixed(from);
  while (body.size() < length.value()) {
    char buffer[16 * 1024];
    const auto n =
        connection.read_some(buffer, std::min(sizeof(buffer), length.value() - body.size()), kTimeoutMs);
    if (!n.ok()) return n.error().prefixed(from);
    body.append(buffer, n.value());
  }
  if (status != 200) return refused(status, body).prefixed(from);
  return body;
}

}  // namespace holdfast::cli
