#include "journal/group_pacer.h"

#include <algorithm>

namespace holdfast::journal {
namespace {

// What is journaled without anybody waiting for it: durable this much later at most.
constexpr uint64_t kUnawaitedSpacingNs = 10'000'000;
constexpr size_t kUnawaitedBytes = 128 * 1024;

constexpr uint32_t kLateMax = 10;
constexpr uint32_t kGroupsUntilMeasured = 100;

}  // namespace

bool GroupPacer::everybody_is_back(size_t returned) const {
  return returned >= last_bytes_ - last_bytes_ / 8;
}

uint64_t GroupPacer::patience_ns() const {
  return measuring_ ? limit_ns() : std::min(return_ns_ + return_ns_ / 4, limit_ns());
}

GroupPacer::Pause GroupPacer::before_group(uint64_t now_ns, size_t gathered, size_t returned,
                                           bool awaited) const {
  const uint64_t since = now_ns - durable_ns_;
  if (!awaited) {
    if (gathered >= kUnawaitedBytes || since >= kUnawaitedSpacingNs) return {};
    return {kUnawaitedSpacingNs - since, kUnawaitedBytes - gathered};
  }
  if (since >= patience_ns() || everybody_is_back(returned)) return {};
  return {patience_ns() - since, last_bytes_ - last_bytes_ / 8 - returned};
}

void GroupPacer::begin(uint64_t now_ns, size_t returned, bool awaited) {
  if (!awaited || last_bytes_ == 0) return;
  const uint64_t since = now_ns - durable_ns_;
  // What comes much later comes from other clients, or from some that think: nothing to learn from.
  if (since > sync_ns_) return;
  const bool is_back = everybody_is_back(returned);
  if (measuring_) {
    return_ns_ = is_back ? since : 0;
    late_ = 0;
  } else if (return_ns_ > 0) {
    return_ns_ = is_back ? std::max(since, return_ns_ - return_ns_ / 32) : return_ns_ + return_ns_ / 8;
    late_ = is_back ? late_ - std::min(late_, 1u) : late_ + 2;
    if (late_ >= kLateMax) return_ns_ = 0;
  }
  groups_ = measuring_ ? 0 : groups_ + 1;
  measuring_ = groups_ >= kGroupsUntilMeasured;
}

void GroupPacer::durable(uint64_t now_ns, size_t bytes, uint64_t sync_ns) {
  durable_ns_ = now_ns;
  last_bytes_ = bytes;
  sync_ns_ = sync_ns_ == 0 ? sync_ns : (sync_ns_ * 7 + sync_ns) / 8;
}

}  // namespace holdfast::journal
