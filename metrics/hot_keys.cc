#include "metrics/hot_keys.h"

#include <algorithm>
#include <functional>
#include <map>

namespace holdfast::metrics {

void HotKeys::offer(std::string_view key) {
  key = key.substr(0, kNameMax);
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const auto hash = static_cast<uint32_t>(std::hash<std::string_view>()(key));
  if (const size_t at = find(key, hash); at < keys_.size()) {
    ++keys_[at].count;
  } else if (keys_.size() < kKept) {
    keys_.push_back({std::string(key), 1, 0});
    hashes_.push_back(hash);
  } else {
    const auto least = std::ranges::min_element(keys_, {}, &HotKey::count);
    least->error = least->count++;
    least->name = key;
    hashes_[static_cast<size_t>(least - keys_.begin())] = hash;
  }
}

size_t HotKeys::find(std::string_view key, uint32_t hash) const {
  for (size_t i = 0; i < hashes_.size(); ++i)
    if (hashes_[i] == hash && keys_[i].name == key) return i;
  return kKept;
}

std::vector<HotKey> HotKeys::top(size_t most) const {
  std::vector<HotKey> copy;
  {
    const std::lock_guard lock(mutex_);
    copy = keys_;
  }
  std::ranges::stable_sort(copy, std::greater(), &HotKey::count);
  if (copy.size() > most) copy.resize(most);
  return copy;
}

void HotKeys::age() {
  const std::lock_guard lock(mutex_);
  for (HotKey& key : keys_) {
    key.count /= 2;
    key.error /= 2;
  }
  std::erase_if(keys_, [](const HotKey& key) { return key.count == 0; });
  hashes_.clear();
  for (const HotKey& key : keys_)
    hashes_.push_back(static_cast<uint32_t>(std::hash<std::string_view>()(key.name)));
}

std::vector<HotKey> merged(const std::vector<std::vector<HotKey>>& workers, size_t most) {
  std::map<std::string_view, HotKey> sums;
  for (const auto& keys : workers)
    for (const HotKey& key : keys) {
      HotKey& sum = sums[key.name];
      sum.name = key.name;
      sum.count += key.count;
      sum.error += key.error;
    }
  std::vector<HotKey> all;
  for (auto& [name, key] : sums) all.push_back(std::move(key));
  std::ranges::stable_sort(all, std::greater(), &HotKey::count);
  if (all.size() > most) all.resize(most);
  return all;
}

}  // namespace holdfast::metrics
