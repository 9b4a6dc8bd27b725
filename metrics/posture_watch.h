// Watches the posture of one upstream while Holdfast runs: asks it every poll_interval and judges the answer.
//
// Owned by the command line. A thread of its own does the asking, over a connection of its own; everything
// else is thread-safe. refuses_writes() is one atomic, so workers may look at it for every write.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/config.h"
#include "journal/stop_signal.h"
#include "metrics/posture_state.h"

namespace holdfast::tls {
class Credentials;
}
namespace holdfast::posture {
class RedisAsker;
}

namespace holdfast::metrics {

class PostureWatch {
 public:
  // Does no I/O yet. `upstream` must outlive the watch; `tls` may be null.
  PostureWatch(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls);
  ~PostureWatch();
  PostureWatch(const PostureWatch&) = delete;
  PostureWatch& operator=(const PostureWatch&) = delete;

  void start();
  // Ends a poll under way at once and joins the thread. Idempotent.
  void stop();

  PostureState state() const;
  // One sentence for each rule of `unready` that is not met, for /readyz.
  std::vector<std::string> problems() const;

 private:
  void run();
  Status poll(std::unique_ptr<posture::RedisAsker>& redis);
  void publish(posture::Facts facts);
  void log_changes(const std::vector<posture::Finding>& findings);

  const config::Upstream& upstream_;
  const std::shared_ptr<const tls::Credentials> tls_;
  journal::StopSignal stop_;
  std::thread thread_;
  // Of the poll before: the rate of writes is what came since then.
  int64_t last_offset_ = -1;
  uint64_t last_ns_ = 0;
  std::vector<bool> was_problem_;   // by rule, as last logged
  std::vector<bool> is_suspected_;  // by rule: the last poll has found it not met

  mutable std::mutex mutex_;
  PostureState state_;  // guarded by mutex_
};

}  // namespace holdfast::metrics
