#include "audit/recorder.h"

#include <string_view>
#include <utility>

namespace holdfast::audit {
namespace {

// Two kinds with one number would be written as one; with 64 bits and a thousand kinds that does not happen.
uint64_t kind_number(const Sighting& sighting, uint64_t same_as) {
  uint64_t number = same_as * 31 + static_cast<uint64_t>(sighting.kind);
  const std::hash<std::string_view> hash;
  for (const std::string_view part : {sighting.environment, sighting.user, sighting.rule, sighting.verdict})
    number = (number ^ hash(part)) * 0x9e3779b97f4a7c15;
  return number;
}

}  // namespace

void Recorder::record(const Sighting& sighting, uint64_t same_as, int64_t now_ms) {
  if (!is_on()) return;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    const uint64_t number = kind_number(sighting, same_as);
    // Each start, stop and reload counts.
    const bool merges = sighting.kind != Kind::kHoldfast;
    if (const auto known = repeated_.find(number); merges && known != repeated_.end()) {
      Repeated& repeated = known->second;
      if (repeated.more++ == 0) repeated.first_ms = now_ms;
      repeated.last_ms = now_ms;
      return;
    }
    if (waiting_.size() >= kMostWaiting) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    first = waiting_.empty();
    waiting_.emplace_back(sighting, now_ms);
    if (merges && repeated_.size() < kMostKinds) repeated_.emplace(number, Repeated{waiting_.back(), now_ms});
  }
  if (first) wake_();
}

void Recorder::take(std::vector<Event>& events, int64_t now_ms, bool all) {
  const std::lock_guard lock(mutex_);
  for (Event& event : waiting_) events.push_back(std::move(event));
  waiting_.clear();
  expire(events, now_ms, all);
}

void Recorder::expire(std::vector<Event>& events, int64_t now_ms, bool all) {
  for (auto place = repeated_.begin(); place != repeated_.end();) {
    Repeated& repeated = place->second;
    if (!all && now_ms - repeated.begin_ms < kWindowMs) {
      ++place;
      continue;
    }
    if (repeated.more > 0) {
      repeated.event.count = repeated.more;
      repeated.event.time_ms = repeated.last_ms;
      if (repeated.more > 1) repeated.event.since_ms = repeated.first_ms;
      events.push_back(std::move(repeated.event));
    }
    place = repeated_.erase(place);
  }
}

}  // namespace holdfast::audit
