// Watches the posture of one upstream while Holdfast runs: asks it every poll_interval and judges the answer.
//
// Owned by the command line. A thread of its own does the asking, over a connection of its own; everything
// else is thread-safe. While `require` is not met, or nobody answers, it asks every second, and as soon as
// its connection ends, since another Redis may answer then.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  // Nothing: writes may pass.
  using OnHalt = std::function<void(const std::optional<WriteHalt>& halt)>;

  // Does no I/O yet. `upstream` must outlive the watch; `tls` may be null.
  PostureWatch(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls);
  ~PostureWatch();
  PostureWatch(const PostureWatch&) = delete;
  PostureWatch& operator=(const PostureWatch&) = delete;

  // Tells what holds now and every change, in their order, on whichever thread brings it; it may not call
  // back. Before start().
  void on_halt(OnHalt on_halt);
  void start();
  // Ends a poll under way at once and joins the thread. Idempotent.
  void stop();
  // After a reload: what is known is judged by these rules at once.
  void adopt(const config::Posture& config);

  PostureState state() const;
  // One sentence for each rule of `unready` and `require` that is not met, for /readyz.
  std::vector<std::string> problems() const;
  // What a person should know besides; for /readyz.
  std::vector<std::string> notes() const;

 private:
  void run();
  Status poll(std::unique_ptr<posture::RedisAsker>& redis);
  bool pause(std::unique_ptr<posture::RedisAsker>& redis);
  void publish(posture::Facts facts);
  void unanswered(const Error& error);
  void judge();        // with mutex_ held
  void settle_halt();  // with mutex_ held
  void log_halt();     // with mutex_ held
  void log_changes(const std::vector<posture::Finding>& findings);

  const config::Upstream& upstream_;  // but for its posture, which is config_
  const std::shared_ptr<const tls::Credentials> tls_;
  journal::StopSignal stop_;
  std::thread thread_;
  // Of the poll before: the rate of writes is what came since then.
  int64_t last_offset_ = -1;
  uint64_t last_ns_ = 0;
  std::vector<bool> was_problem_;   // by rule, as last logged
  std::vector<bool> is_suspected_;  // by rule: the last poll has found it not met

  mutable std::mutex mutex_;
  config::Posture config_;   // guarded by mutex_
  PostureState state_;       // guarded by mutex_
  OnHalt on_halt_;           // called with mutex_ held
  std::string logged_halt_;  // guarded by mutex_
};

}  // namespace holdfast::metrics
