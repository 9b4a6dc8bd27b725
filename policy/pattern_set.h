// Many glob patterns, each with permissions: does any of them match this name, with these permissions?
//
// The patterns are sorted by what stands before their first wildcard, so that a decision looks only at those
// whose beginning the name has: a few steps of a binary search, with ten patterns or with ten thousand.
// (Those that begin alike are tried one by one.) Built on the main thread, then immutable; matches()
// allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::policy {

class PatternSet {
 public:
  struct Entry {
    std::string pattern;
    uint8_t permissions = 0;
  };

  // A pattern that is there already gets these permissions too. Call seal() after the last one.
  void add(std::string_view pattern, uint8_t permissions);
  void clear();
  void seal();

  // Does a pattern match that has all of `permissions`? (Not several together: as in Redis.)
  bool matches(std::string_view name, uint8_t permissions) const;
  // Is this very text among the patterns, with all of `permissions`?
  bool contains(std::string_view pattern, uint8_t permissions) const;

  // In the order in which they were added.
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr int16_t kAbsent = -1;

  // The patterns with one beginning.
  struct Group {
    std::string beginning;
    uint32_t parent = kNone;  // the group with the longest beginning that this one's begins with
    int16_t all = kAbsent;    // permissions of "<beginning>*"
    int16_t exact = kAbsent;  // permissions of the beginning itself, without a wildcard
    std::vector<Entry> others;
  };

  std::vector<Entry> entries_;
  std::vector<Group> groups_;  // by beginning
};

}  // namespace holdfast::policy
