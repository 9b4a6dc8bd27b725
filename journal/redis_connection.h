// A connection to a Redis for the journal thread: blocking calls with deadlines that a stop ends at once.
//
// Owned by the journal thread; not thread-safe. After an error only the destructor is of use.
// Codes: kUnavailable (cannot connect, closed, stopping), kTimeout, kProtocol, kRefused (an error reply to
// command()).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/nudge.h"
#include "journal/stop_signal.h"
#include "tls/connection.h"
#include "tls/credentials.h"

namespace holdfast::journal {

class RedisConnection {
 public:
  // With `tls` the connection is encrypted; a handshake that a person has to look at fails with kRefused.
  static Result<std::unique_ptr<RedisConnection>> connect(const Endpoint& endpoint,
                                                          const tls::Credentials* tls, int64_t timeout_ms,
                                                          const StopSignal& stop);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  Status send(std::initializer_list<std::string_view> command) { return send_all(encode(command)); }
  // As they are; several commands in one piece run in Redis without another client's between them.
  Status send_all(std::string_view bytes);
  static std::string encode(std::initializer_list<std::string_view> command);

  // One line without CRLF; bare newlines before it are skipped and prove that the peer is alive, so the
  // timeout begins again with each.
  Result<std::string> read_line(int64_t timeout_ms);

  // Sends a command and reads its status, integer or bulk reply. An error reply is an Error with code
  // kRefused and the reply's text ("NOPERM this user ...").
  Result<std::string> command(std::initializer_list<std::string_view> command);
  // The reply of a command that was sent before, as above.
  Result<std::string> read_reply();

  // What has arrived, at least one byte; waits up to `timeout_ms`. The first calls give what a read_line()
  // has read too far.
  Result<size_t> read_some(char* buffer, size_t size, int64_t timeout_ms);
  // The same without waiting: 0 when there is nothing.
  Result<size_t> read_available(char* buffer, size_t size);
  // Returns when there may be something to read, after a read that has found nothing. kTimeout: there is not.
  Status wait_readable(int64_t timeout_ms);
  // Returns when `bytes` have arrived that were not there before, or `nudge` was given, or the connection has
  // ended, or `timeout_ns` are over: the next read tells. Where the system cannot count them, the first byte
  // ends it.
  Status gather(size_t bytes, uint64_t timeout_ns, const Nudge& nudge);
  // Then a read gives one TLS record at a time, so that a short one does not mean that there is no more.
  bool is_encrypted() const { return tls_ != nullptr; }
  // Puts bytes back that belong to the next reader.
  void unread(std::string_view bytes) { pending_.insert(0, bytes); }

  // How long a connect, a send or a plain reply may take.
  int64_t timeout_ms() const { return timeout_ms_; }
  void set_timeout_ms(int64_t timeout_ms) { timeout_ms_ = timeout_ms; }

  // Our end and theirs, as addresses; paths of a unix socket are empty.
  Endpoint local_endpoint() const;
  Endpoint peer_endpoint() const;

 private:
  RedisConnection(int fd, int64_t timeout_ms, const StopSignal& stop);

  Status begin_tls(const tls::Credentials& tls);
  Status send_bytes(std::string_view bytes);
  Status send_encrypted();
  // From the socket: 0 when there is nothing.
  Result<size_t> receive(char* buffer, size_t size);
  Result<size_t> receive_decrypted(char* buffer, size_t size);

  void set_low_water(size_t bytes);

  int fd_;
  int64_t timeout_ms_;
  const StopSignal& stop_;
  int low_water_ = 1;    // SO_RCVLOWAT of fd_
  std::string pending_;  // received, not yet given out
  std::unique_ptr<tls::Connection> tls_;
  std::vector<char> tls_input_;  // stays as it is until tls_ has used it up
  std::string tls_output_;
};

}  // namespace holdfast::journal
