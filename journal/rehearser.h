// Rehearses on a schedule (`rehearse_every`), one at a time, on a thread of its own with the lowest priority.
//
// Owned and called by the journal thread, which never waits for it, except in the destructor: that ends a run
// early. When the last one ended is kept as the time of a file in the journal directory, so that restarts
// neither repeat nor postpone it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "config/config.h"
#include "journal/rehearsal.h"

namespace holdfast::journal {

inline constexpr std::string_view kRehearsedName = "holdfast.rehearsed";

class Rehearser {
 public:
  Rehearser(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls);
  ~Rehearser();
  Rehearser(const Rehearser&) = delete;
  Rehearser& operator=(const Rehearser&) = delete;

  bool running() const { return thread_.joinable(); }
  // Ends a run early; there will be no outcome.
  void stop();
  // By the schedule, at this Unix time.
  bool is_due(int64_t now_ms) const;
  // Only when it is not running.
  void start();
  // The outcome, once, when the run has ended.
  std::optional<Result<RehearsalReport>> take_outcome();

 private:
  const config::Upstream& upstream_;
  const std::shared_ptr<const tls::Credentials> tls_;
  std::thread thread_;
  std::unique_ptr<StopSignal> stop_;  // of this run
  std::optional<Result<RehearsalReport>> outcome_;
  std::atomic<bool> ended_{false};
};

// "restored in 1.2 s up to offset 1234; 1000 keys compared with the live Redis, 0 mismatches"
std::string describe(const RehearsalReport& report);

}  // namespace holdfast::journal
