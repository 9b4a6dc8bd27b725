// A client that shows the very bytes of replies, to compare what two servers send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/tcp_socket.h"

namespace holdfast::testing {

// A request as clients send it: an array of bulk strings.
std::string encode_request(const std::vector<std::string>& arguments);

class RawClient {
 public:
  explicit RawClient(int port) : socket_(static_cast<uint16_t>(port)) {}

  TcpSocket& socket() { return socket_; }
  bool send(std::string_view bytes) { return socket_.send(bytes); }
  // The bytes of the next reply or push, RESP2 or RESP3, with its attributes. When the connection ends first:
  // what has come of it and "(closed)".
  std::string read_reply();
  // Sends a request and reads its reply.
  std::string command(const std::vector<std::string>& arguments);
  // Everything up to and including `end`, whatever it is made of; all there is if the connection ends first.
  std::string read_until(std::string_view end);
  // Everything until the other side closes.
  std::string read_to_end();

 private:
  bool read_more();
  // Position behind the reply that begins at `at`; nullopt when the connection ends before.
  std::optional<size_t> end_of_reply(size_t at);
  std::optional<size_t> end_of_line(size_t at);

  TcpSocket socket_;
  std::string received_;
};

}  // namespace holdfast::testing
