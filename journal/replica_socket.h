// A connection that a Redis has made to us, with TLS if it begins with a handshake: blocking calls that a
// stop ends at once.
//
// Owned by one thread. While it sends it also takes in what arrives, so that neither side waits for the
// other. Codes: kUnavailable (closed, stopping), kTimeout, kProtocol, kRefused (TLS is missing).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/stop_signal.h"
#include "tls/connection.h"

namespace holdfast::journal {

class ReplicaSocket {
 public:
  static constexpr size_t kInputMax = 64u << 10;

  // Takes `fd` over. `tls`: null when there is no certificate to show.
  ReplicaSocket(int fd, std::shared_ptr<const tls::Context> tls, const StopSignal& stop);
  ~ReplicaSocket();
  ReplicaSocket(const ReplicaSocket&) = delete;
  ReplicaSocket& operator=(const ReplicaSocket&) = delete;

  // First of all: waits for the first bytes and, when they ask for it, goes through the TLS handshake.
  Status begin(int64_t timeout_ms);
  bool is_encrypted() const { return tls_ != nullptr; }

  // What has arrived and was not consumed, at most kInputMax bytes.
  std::string_view input() const { return input_; }
  void consume(size_t bytes) { input_.erase(0, bytes); }
  // Waits for more input; kTimeout is an answer like any other.
  Status read_more(int64_t timeout_ms);

  // All of it; kTimeout when the other side takes nothing and sends nothing for `silence_ms`.
  Status send(std::string_view bytes, int64_t silence_ms);
  // Ends the connection for the other side; what was sent still arrives.
  void finish();

 private:
  // One step of either direction: 0 bytes when the socket is not ready.
  Result<size_t> receive();
  Result<size_t> take_in();
  Status send_raw(std::string_view bytes, int64_t silence_ms);

  const int fd_;
  const std::shared_ptr<const tls::Context> context_;
  const StopSignal& stop_;
  std::unique_ptr<tls::Connection> tls_;
  std::string input_;
  std::vector<char> raw_;  // what came from the socket; stays as it is until tls_ has used it up
  std::string output_;     // of tls_
};

}  // namespace holdfast::journal
