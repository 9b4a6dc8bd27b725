// A plain blocking TCP connection to a port on 127.0.0.1: a client that shares no code with what is tested.
//
// Every wait has a generous deadline, so that a test that goes wrong fails and does not hang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::testing {

class TcpSocket {
 public:
  // Aborts the test program when nobody listens there. `receive_buffer` bytes of SO_RCVBUF, 0: the default.
  explicit TcpSocket(uint16_t port, int receive_buffer = 0);
  ~TcpSocket();
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&&) = delete;

  // False when the other side is gone.
  bool send(std::string_view bytes);
  // What comes next, at most `limit` bytes; empty when the other side has closed or reset the connection;
  // nullopt after the deadline.
  std::optional<std::string> read_some(size_t limit = 65536);
  // Everything until the other side closes; nullopt after the deadline.
  std::optional<std::string> read_to_end();
  // Has anything come that was not read?
  bool has_unread() const;
  // Says that nothing more will be sent (half-close).
  void finish_sending();
  // Ends the connection with a reset.
  void reset();
  void close();

 private:
  int fd_;
};

// A port on 127.0.0.1 that nobody listens on at this moment.
uint16_t unused_port();

}  // namespace holdfast::testing
