// An HTTP/1.1 client for tests: over TcpSocket, and as literal as can be, so that it notices what a lenient
// client would forgive.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/tcp_socket.h"

namespace holdfast::testing {

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const;  // empty when it is missing
};

class HttpClient {
 public:
  explicit HttpClient(uint16_t port) : socket_(port) {}

  TcpSocket& socket() { return socket_; }
  bool send(std::string_view bytes) { return socket_.send(bytes); }
  // The next reply of the connection; `to_head`: it answers a HEAD, so no body follows. nullopt when the
  // connection ends first or what comes is not a reply.
  std::optional<HttpReply> read_reply(bool to_head = false);
  // GET on this connection.
  std::optional<HttpReply> get(std::string_view path);
  // The other side has closed, and nothing came before that.
  bool closed();

 private:
  bool read_more();

  TcpSocket socket_;
  std::string received_;  // of replies that were not asked for yet
};

// GET over a connection of its own.
std::optional<HttpReply> http_get(uint16_t port, std::string_view path);

}  // namespace holdfast::testing
