// The TLS of one Stream: moves bytes between the stream's socket and a tls::Connection.
//
// Owned by its Stream, which forwards read_start(), read_stop(), send() and close() to it; a stream without
// TLS has none and pays one comparison a send. One loop's thread. Memory: what tls::Connection keeps, and
// at most one read of the socket (64 KiB) while the owner does not read.
//
//   kHandshake -> kOpen -> kEnded      any state may go to kEnded: nothing is read or written any more
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer.h"
#include "tls/connection.h"

namespace holdfast::net {

class TlsLayer {
 public:
  // `connection` is null when there was no memory for it: then the handshake fails.
  TlsLayer(Stream& stream, Loop& loop, std::unique_ptr<tls::Connection> connection,
           const Stream::TlsOptions& options);
  ~TlsLayer();

  // The socket is open. `connector` is told when the handshake is over; without one the stream's handler
  // is told only when it fails.
  void start(Stream::Connector* connector);

  // The owner's wish has changed: Stream::is_reading().
  void read_wish_changed();
  bool send(const char* data, size_t size);
  void drained() { unasked_bytes_ = 0; }
  // Says good-bye if that can be done at once.
  void close();
  // For good, and the owner is told.
  void fail(const Error& error);

  std::string peer_name() const { return connection_ == nullptr ? "" : connection_->peer_name(); }

 private:
  enum class State { kHandshake, kOpen, kEnded };

  void read_socket(bool on);
  void received(std::string_view bytes);
  void shake_hands();
  void handshake_over();
  // Gives the owner what can be read, for as long as it wants it.
  void pump();
  void deliver();
  bool flush(std::string& out);
  void peer_ended();

  Stream& stream_;
  Loop& loop_;
  const std::unique_ptr<tls::Connection> connection_;
  const Stream::TlsOptions options_;
  Stream::Connector* connector_ = nullptr;
  State state_ = State::kHandshake;
  bool reading_socket_ = false;
  bool pumping_ = false;
  bool first_bytes_ = true;
  size_t unasked_bytes_ = 0;      // sent by the protocol itself since the last time that all had left
  std::unique_ptr<Timer> timer_;  // the handshake's deadline, later: go on reading what is here already
};

}  // namespace holdfast::net
