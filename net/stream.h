// A connected byte stream: TCP or a unix socket, accepted or connected.
//
// Ownership: a Stream is a plain member of its owner (a session, a link, an HTTP connection), and the
// owner must stay until stream_closed(), which is the last call it gets: close() starts the end, libuv
// finishes it on the same turn of the loop or the next. close() is idempotent. Everything here runs on
// the loop's thread.
//
// Reading: libuv asks for a buffer (stream_buffer), so one buffer can serve all streams of a loop; what
// was read must be used or kept by the handler before it returns.
// Writing: send() writes at once what the socket takes; what it does not take is kept here (owned) and
// leaves as the socket drains. queued_bytes() is what waits; bounding it is the caller's job. After
// batch_sends() small sends leave at the end of the loop's turn, with those of other streams (send_batch.h),
// and a connection that turns out to be broken then is a stream_ended().
// TLS: after use_tls() the same calls move plain bytes; what waits is counted encrypted.
#pragma once

#include <uv.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "base/result.h"
#include "net/loop.h"

namespace holdfast::tls {
class Connection;
}

namespace holdfast::net {

class Listener;
class SendBatch;
class TlsLayer;

class Stream {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // Where the next read may put its bytes. Not empty.
    virtual std::span<char> stream_buffer() = 0;
    // `size` bytes are at the start of the buffer that stream_buffer() gave.
    virtual void stream_read(size_t size) = 0;
    // The peer is gone (error empty: it closed) or a write failed. Nothing more is read; call close().
    virtual void stream_ended(const Error* error) = 0;
    // Everything that had to wait has left.
    virtual void stream_drained() {}
    // The stream is no more; the owner may be freed now.
    virtual void stream_closed() = 0;
  };

  // `handler` is not owned and must stay until stream_closed().
  explicit Stream(Handler& handler);
  // Only when never opened, or after stream_closed().
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Connects, to the first address of a name that answers; the connector is called once, with nullptr or the
  // error, unless close() comes first. That can be before connect() returns. After an error call close().
  class Connector {
   public:
    virtual ~Connector() = default;
    virtual void stream_connected(const Error* error) = 0;
  };
  void connect(Loop& loop, const Endpoint& endpoint, Connector& connector);

  // Speaks TLS: to be called before connect(), which then ends with the handshake, or right after
  // Listener::accept_into() and before read_start(); there a handshake that fails is a stream_ended().
  struct TlsOptions {
    uint64_t handshake_timeout_ms = 0;  // 0: the owner has a deadline of its own
    std::string_view plain_reply = {};  // sent to a client that speaks no TLS; must stay valid
  };
  void use_tls(Loop& loop, std::unique_ptr<tls::Connection> connection, const TlsOptions& options);
  // Small sends may wait for the end of the turn; for a stream whose loop has a batch. Not those of TLS.
  void batch_sends();
  // Connected, but the TLS handshake is still under way.
  bool is_shaking_hands() const { return state_ == State::kShakingHands; }
  // Who the peer's certificate is for (tls::Connection); empty unless one was asked for and checked.
  std::string tls_peer_name() const;

  void read_start();
  void read_stop();
  bool is_reading() const { return reading_; }

  // False when the connection is broken or closing: call close(), nothing else will be sent.
  bool send(const char* data, size_t size);
  bool send(std::string_view bytes) { return send(bytes.data(), bytes.size()); }
  size_t queued_bytes() const;

  // True when bytes have come that were not read.
  bool has_unread() const;
  // Throws them away: closing a socket that has unread bytes resets the connection, and what was sent last
  // may be lost on its way.
  void discard_unread();

  // On a stream that was never opened this is nothing, and no stream_closed() follows.
  void close();
  bool is_open() const { return state_ == State::kOpen; }
  bool is_closing() const { return state_ == State::kClosing; }

  // "127.0.0.1:41234" of the other side; "unix" for a unix socket.
  std::string peer_name() const;
  // The same of this side; empty when that is not known.
  std::string local_name() const;
  // For people to read, in CLIENT LIST; -1 when it is not open.
  int descriptor() const;
  // Where the client meant to connect when a packet filter has redirected it here (netfilter's
  // SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST); empty when nothing is known of that.
  std::string original_destination() const;
  // An endpoint that is written as an address, in the form of the above; empty for a name or a path.
  static std::string name_of(const Endpoint& endpoint);

 private:
  friend class Listener;
  friend class SendBatch;
  friend class TlsLayer;
  static constexpr uint16_t kNowhere = 0xffff;  // SendBatch::kNoPlace
  static constexpr uint16_t kBroken = 0xfffe;   // has left the batch; the handler will be told
  enum class State : uint8_t { kFresh, kConnecting, kShakingHands, kOpen, kClosing, kClosed };
  struct Backlog;         // the write in flight and what waits behind it; only while there is any
  struct ConnectRequest;  // outlives a close() in the middle of resolving a name

  Status accept_from(uv_stream_t* server);
  void opened();
  void connect_failed(const Error& error);
  void connect_to(const sockaddr* address);
  void connect_to_next();
  static void on_connect(uv_connect_t* request, int status);
  void connect_finished(int status);
  void reopen();
  void closed();
  bool write(const char* data, size_t size);
  bool put_into_batch(const char* data, size_t size);
  void send_own_of_batch();
  void leave_batch();
  void left_batch() { place_ = kNowhere; }
  void break_off(int problem);
  bool write_encrypted(const std::string& bytes);
  void enqueue(const char* data, size_t size);
  void start_write();
  void write_finished(int status);

  uv_stream_t* raw() { return reinterpret_cast<uv_stream_t*>(&handle_); }
  const uv_stream_t* raw() const { return reinterpret_cast<const uv_stream_t*>(&handle_); }

  Handler& handler_;
  State state_ = State::kFresh;
  bool reading_ = false;
  bool is_unix_ = false;
  bool batches_ = false;
  uint16_t place_ = kNowhere;  // in the loop's batch
  std::unique_ptr<Backlog> backlog_;
  ConnectRequest* connecting_ = nullptr;  // owned by libuv until its callback
  std::unique_ptr<TlsLayer> tls_;
  union {
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } handle_;
};

}  // namespace holdfast::net
