// The keys that a transaction may make without the time to live that their keyspace wants, until a later
// command of the same transaction gives them one. Bounded. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::policy {

class OwedTtls {
 public:
  static constexpr size_t kMax = 1'000;

  // False: there are too many already.
  bool owe(std::string_view key) {
    if (owes(key)) return true;
    if (keys_.size() == kMax) return false;
    keys_.emplace_back(key);
    return true;
  }
  void settle(std::string_view key) { std::erase(keys_, key); }
  bool owes(std::string_view key) const { return std::ranges::find(keys_, key) != keys_.end(); }
  bool empty() const { return keys_.empty(); }
  const std::string& first() const { return keys_.front(); }

 private:
  std::vector<std::string> keys_;
};

}  // namespace holdfast::policy
