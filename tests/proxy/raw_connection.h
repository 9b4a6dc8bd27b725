// A connection to a server that gives its replies as the bytes they are, for what reads replies itself.
#pragma once

#include <string>
#include <string_view>

#include "resp/reply_framer.h"
#include "tests/support/tcp_socket.h"

namespace holdfast::testing {

class RawConnection {
 public:
  explicit RawConnection(int port) : socket_(static_cast<uint16_t>(port)) {}

  void send(std::string_view bytes);
  // The next whole reply; what there was and a test failure when none comes.
  std::string next_reply();
  std::string ask(std::string_view request) {
    send(request);
    return next_reply();
  }

 private:
  TcpSocket socket_;
  resp::ReplyFramer framer_;
  std::string buffer_;
};

}  // namespace holdfast::testing
