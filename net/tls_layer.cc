#include "net/tls_layer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/uv_error.h"

namespace holdfast::net {
namespace {

constexpr size_t kSocketBytes = 64 * 1024;
// Encrypted and sent in pieces of this size, so that what is on its way is in memory once.
constexpr size_t kSendBytes = 256 * 1024;
// Answers to a peer that makes the protocol talk (key updates) and does not read.
constexpr size_t kUnaskedBytesMax = 64 * 1024;
// RFC 8446 section 5.1; every TLS connection begins with one.
constexpr char kHandshakeRecord = 0x16;

// What was read from a socket is used up, or copied, before the next one is read.
char* socket_buffer() {
  static thread_local std::unique_ptr<char[]> buffer(new char[kSocketBytes]);
  return buffer.get();
}

// For one call; empty before and after.
std::string& out_buffer() {
  static thread_local std::string buffer;
  return buffer;
}

}  // namespace

TlsLayer::TlsLayer(Stream& stream, Loop& loop, std::unique_ptr<tls::Connection> connection,
                   const Stream::TlsOptions& options)
    : stream_(stream), loop_(loop), connection_(std::move(connection)), options_(options) {}

TlsLayer::~TlsLayer() = default;

void TlsLayer::start(Stream::Connector* connector) {
  connector_ = connector;
  if (connection_ == nullptr) {
    fail(Error(ErrorCode::kIo, "there is no memory for a TLS connection"));
    return;
  }
  if (options_.handshake_timeout_ms > 0) {
    timer_ = std::make_unique<Timer>(loop_, [this] {
      fail(Error(ErrorCode::kTimeout, "it did not finish the TLS handshake within " +
                                          std::to_string(options_.handshake_timeout_ms) + " ms"));
    });
    timer_->start_once(options_.handshake_timeout_ms);
  }
  read_socket(true);
  shake_hands();
}

void TlsLayer::read_socket(bool on) {
  if (on == reading_socket_) return;
  reading_socket_ = on;
  if (!on) {
    uv_read_stop(stream_.raw());
    return;
  }
  uv_read_start(
      stream_.raw(),
      [](uv_handle_t*, size_t, uv_buf_t* buffer) { *buffer = uv_buf_init(socket_buffer(), kSocketBytes); },
      [](uv_stream_t* handle, ssize_t size, const uv_buf_t*) {
        TlsLayer& self = *static_cast<Stream*>(handle->data)->tls_;
        if (size > 0) {
          self.received({socket_buffer(), static_cast<size_t>(size)});
        } else if (size == UV_EOF) {
          self.peer_ended();
        } else if (size < 0) {
          self.fail(uv_error("the connection broke", static_cast<int>(size)));
        }
      });
}

void TlsLayer::received(std::string_view bytes) {
  if (std::exchange(first_bytes_, false) && !options_.plain_reply.empty() &&
      bytes.front() != kHandshakeRecord) {
    stream_.write_encrypted(std::string(options_.plain_reply));
    fail(Error(ErrorCode::kProtocol, "it does not speak TLS; switch TLS on in the client"));
    return;
  }
  connection_->put(bytes);
  if (state_ == State::kHandshake) shake_hands();
  if (state_ == State::kOpen) pump();
  if (state_ != State::kEnded) connection_->keep_input();
}

void TlsLayer::shake_hands() {
  std::string& out = out_buffer();
  const Result<bool> over = connection_->shake_hands(out);
  const bool sent = flush(out);
  if (!over.ok()) {
    fail(over.error());
  } else if (!sent) {
    fail(Error(ErrorCode::kUnavailable, "the connection broke"));
  } else if (over.value()) {
    handshake_over();
  }
}

void TlsLayer::handshake_over() {
  state_ = State::kOpen;
  timer_.reset();
  stream_.state_ = Stream::State::kOpen;
  // What the owner begins now must not read before this has returned: the caller pumps.
  const bool was_pumping = std::exchange(pumping_, true);
  if (connector_ != nullptr) std::exchange(connector_, nullptr)->stream_connected(nullptr);
  pumping_ = was_pumping;
  if (state_ == State::kOpen) read_socket(stream_.is_reading());
}

void TlsLayer::read_wish_changed() {
  if (state_ != State::kOpen || pumping_) return;  // a handshake reads whatever the owner wishes
  if (!stream_.is_reading()) {
    read_socket(false);
    if (timer_ != nullptr) timer_->stop();
    return;
  }
  if (!connection_->has_more() && !connection_->peer_closed()) {
    read_socket(true);
    return;
  }
  // Not from here: the owner does not expect to be called while it calls.
  if (timer_ == nullptr) timer_ = std::make_unique<Timer>(loop_, [this] { pump(); });
  timer_->start_once(0);
}

void TlsLayer::pump() {
  pumping_ = true;
  deliver();
  pumping_ = false;
  if (state_ == State::kOpen) read_socket(stream_.is_reading());
}

void TlsLayer::deliver() {
  while (state_ == State::kOpen && stream_.is_reading()) {
    const std::span<char> space = stream_.handler_.stream_buffer();
    std::string& out = out_buffer();
    const Result<size_t> got = connection_->read(space.data(), space.size(), out);
    if (!out.empty() && stream_.queued_bytes() > 0) unasked_bytes_ += out.size();
    if (!flush(out) || unasked_bytes_ > kUnaskedBytesMax) {
      fail(Error(ErrorCode::kUnavailable, "the connection broke"));
    } else if (!got.ok()) {
      fail(got.error());
    } else if (got.value() > 0) {
      stream_.handler_.stream_read(got.value());
    } else {
      if (connection_->peer_closed()) peer_ended();
      return;
    }
  }
}

bool TlsLayer::send(const char* data, size_t size) {
  if (state_ != State::kOpen) return false;
  std::string& out = out_buffer();
  while (size > 0) {
    const size_t piece = std::min(size, kSendBytes);
    const bool good = connection_->write({data, piece}, out).ok();
    if (!flush(out) || !good) return false;
    data += piece;
    size -= piece;
  }
  return true;
}

bool TlsLayer::flush(std::string& out) {
  const bool sent = out.empty() || stream_.write_encrypted(out);
  out.clear();
  return sent;
}

// The peer sends nothing more; what we send may still arrive.
void TlsLayer::peer_ended() {
  if (state_ == State::kHandshake) {
    fail(Error(ErrorCode::kUnavailable, "it closed the connection during the TLS handshake"));
    return;
  }
  read_socket(false);
  stream_.reading_ = false;
  stream_.handler_.stream_ended(nullptr);
}

void TlsLayer::fail(const Error& error) {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  timer_.reset();
  read_socket(false);
  stream_.reading_ = false;
  if (connector_ != nullptr)
    std::exchange(connector_, nullptr)->stream_connected(&error);
  else
    stream_.handler_.stream_ended(&error);
}

void TlsLayer::close() {
  timer_.reset();
  if (state_ == State::kOpen && stream_.queued_bytes() == 0) {
    std::string& out = out_buffer();
    connection_->close(out);
    const uv_buf_t buffer = uv_buf_init(out.data(), static_cast<unsigned>(out.size()));
    if (!out.empty()) (void)uv_try_write(stream_.raw(), &buffer, 1);
    out.clear();
  }
  state_ = State::kEnded;
}

}  // namespace holdfast::net
