#include "journal/compactor.h"

#include <utility>

#include "base/scheduling.h"

namespace holdfast::journal {

Compactor::~Compactor() {
  stop();
}

void Compactor::stop() {
  if (!running()) return;
  stop_->request();
  thread_.join();
}

void Compactor::start(const std::string& journal_dir, Store::Cut cut, CompactionOptions options) {
  stop_ = std::make_unique<StopSignal>();
  cut_ = std::move(cut);
  outcome_.reset();
  ended_ = false;
  thread_ = std::thread([this, journal_dir, options = std::move(options)] {
    if (options.low_priority) lower_priority();
    outcome_ = make_compacted_base(journal_dir, *cut_, options, *stop_);
    ended_ = true;
  });
}

std::optional<Result<CompactedBase>> Compactor::take_outcome() {
  if (!running() || !ended_) return std::nullopt;
  thread_.join();
  return std::exchange(outcome_, std::nullopt);
}

}  // namespace holdfast::journal
