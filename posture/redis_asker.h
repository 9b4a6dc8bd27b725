// Asks a Redis questions, one after the other or many at once: blocking calls with deadlines.
//
// Owned by one thread; after an Error only the destructor is of use. An error reply is a Reply, not an Error:
// whoever asks knows what it means that a question was not allowed. Bounded: a reply has at most 1 Mi
// elements, a string at most 16 MiB.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "config/config.h"
#include "journal/redis_connection.h"
#include "journal/stop_signal.h"
#include "posture/reply.h"
#include "tls/credentials.h"

namespace holdfast::posture {

class RedisAsker {
 public:
  // Connects to the upstream's address and logs in with its user and password. `tls` may be null; it and
  // `stop` must outlive the asker.
  static Result<std::unique_ptr<RedisAsker>> connect(const config::Upstream& upstream,
                                                     const tls::Credentials* tls,
                                                     const journal::StopSignal& stop);

  // Sends now, reads later: as many read() as send().
  Status send(std::initializer_list<std::string_view> command) { return connection_->send(command); }
  Result<Reply> read() { return read_nested(0); }
  Result<Reply> ask(std::initializer_list<std::string_view> command);
  // Waits, with no question open. True: the connection has ended, or is of no use any more. False: it was
  // there all the time, or the stop was requested.
  bool wait_for_its_end(int64_t timeout_ms);

 private:
  explicit RedisAsker(std::unique_ptr<journal::RedisConnection> connection)
      : connection_(std::move(connection)) {}

  Result<Reply> read_nested(int depth);
  Result<std::string> read_bytes(size_t size);

  std::unique_ptr<journal::RedisConnection> connection_;
};

}  // namespace holdfast::posture
