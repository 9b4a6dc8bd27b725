#include "journal/problem_log.h"

#include "base/clock.h"
#include "base/log.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kRepeatNs = 60'000'000'000;

}  // namespace

void ProblemLog::problem(const std::string& sentence) {
  const uint64_t now = monotonic_ns();
  if (sentence == last_ && now - logged_ns_ < kRepeatNs) return;
  last_ = sentence;
  logged_ns_ = now;
  log::error(who_ + ": " + sentence);
}

void ProblemLog::solved(const std::string& sentence) {
  if (last_.empty()) return;
  last_.clear();
  log::info(who_ + ": " + sentence);
}

void ProblemLog::info(const std::string& sentence) const {
  log::info(who_ + ": " + sentence);
}
void ProblemLog::warn(const std::string& sentence) const {
  log::warn(who_ + ": " + sentence);
}

}  // namespace holdfast::journal
