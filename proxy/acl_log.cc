#include "proxy/acl_log.h"

#include <algorithm>
#include <utility>

namespace holdfast::proxy {

void AclLog::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  const size_t compared = std::min(entries_.size(), kCompared);
  for (size_t i = 0; i < compared; ++i) {
    const Entry& known = entries_[i];
    if (known.reason != entry.reason || known.context != entry.context || known.object != entry.object ||
        known.user != entry.user || entry.unix_ms - known.unix_ms > kMergedMs)
      continue;
    entry.count = known.count + 1;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  entries_.push_front(std::move(entry));
  if (entries_.size() > kEntriesMax) entries_.pop_back();
}

void AclLog::reset() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

std::vector<AclLog::Entry> AclLog::latest(size_t count) const {
  const std::lock_guard lock(mutex_);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(count, entries_.size()));
  return {entries_.begin(), end};
}

}  // namespace holdfast::proxy
