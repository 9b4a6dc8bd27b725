// Runs one compaction at a time on a thread of its own, with the lowest priority.
//
// Owned and called by the journal thread, which never waits for it, except in the destructor: that ends a run
// early.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "journal/compaction.h"

namespace holdfast::journal {

class Compactor {
 public:
  Compactor() = default;
  ~Compactor();
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  bool running() const { return thread_.joinable(); }
  // Ends a run early; there will be no outcome.
  void stop();
  // Only when it is not running.
  void start(const std::string& journal_dir, Store::Cut cut, CompactionOptions options);
  // The outcome, once, when the run has ended.
  std::optional<Result<CompactedBase>> take_outcome();
  // Of the last run.
  const Store::Cut& cut() const { return *cut_; }

 private:
  std::thread thread_;
  std::unique_ptr<StopSignal> stop_;  // of this run
  std::optional<Store::Cut> cut_;
  std::optional<Result<CompactedBase>> outcome_;
  std::atomic<bool> ended_{false};
};

}  // namespace holdfast::journal
