#include "policy/pattern_set.h"

#include <algorithm>

#include "policy/glob.h"

namespace holdfast::policy {
namespace {

bool has(int permissions, uint8_t wanted) {
  return permissions >= 0 && (permissions & wanted) == wanted;
}

}  // namespace

void PatternSet::add(std::string_view pattern, uint8_t permissions) {
  const auto known = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.pattern == pattern; });
  if (known != entries_.end())
    known->permissions |= permissions;
  else
    entries_.push_back({std::string(pattern), permissions});
}

void PatternSet::clear() {
  entries_.clear();
  groups_.clear();
}

void PatternSet::seal() {
  groups_.clear();
  std::vector<Entry> sorted = entries_;
  const auto beginning_of = [](const Entry& entry) {
    return std::string_view(entry.pattern).substr(0, entry.pattern.find_first_of("*?[\\"));
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Entry& a, const Entry& b) { return beginning_of(a) < beginning_of(b); });
  for (Entry& entry : sorted) {
    const std::string_view beginning = beginning_of(entry);
    if (groups_.empty() || groups_.back().beginning != beginning) {
      Group group;
      group.beginning = beginning;
      // A beginning of this one is the last group, or one of those that the last group begins with.
      uint32_t parent = groups_.empty() ? kNone : static_cast<uint32_t>(groups_.size() - 1);
      while (parent != kNone && !beginning.starts_with(groups_[parent].beginning))
        parent = groups_[parent].parent;
      group.parent = parent;
      groups_.push_back(std::move(group));
    }
    Group& group = groups_.back();
    const std::string_view rest = std::string_view(entry.pattern).substr(beginning.size());
    if (rest.empty())
      group.exact = entry.permissions;
    else if (rest == "*")
      group.all = entry.permissions;
    else
      group.others.push_back(std::move(entry));
  }
}

bool PatternSet::matches(std::string_view name, uint8_t permissions) const {
  const auto after =
      std::upper_bound(groups_.begin(), groups_.end(), name,
                       [](std::string_view text, const Group& group) { return text < group.beginning; });
  // Every beginning that the name has belongs to this group or to one of its parents.
  uint32_t at = after == groups_.begin() ? kNone : static_cast<uint32_t>(after - groups_.begin() - 1);
  for (; at != kNone; at = groups_[at].parent) {
    const Group& group = groups_[at];
    if (!name.starts_with(group.beginning)) continue;
    // Redis's matcher takes no empty name for a match of "*".
    if (has(group.all, permissions) && !name.empty()) return true;
    if (has(group.exact, permissions) && name == group.beginning) return true;
    for (const Entry& entry : group.others) {
      if (has(entry.permissions, permissions) && !name.empty() && matches_glob(entry.pattern, name))
        return true;
    }
  }
  return false;
}

bool PatternSet::contains(std::string_view pattern, uint8_t permissions) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.pattern == pattern && has(entry.permissions, permissions);
  });
}

}  // namespace holdfast::policy
