// Many glob patterns, each with permissions: does any of them match this name, with these permissions?
//
// Patterns that begin alike (up to their first wildcard) are a group, and groups are found by a hash of their
// beginning: for each length that a beginning has, one look at a small table. So a decision costs the same
// with ten patterns and with ten thousand, and touches two or three lines of memory. (Patterns of one group
// that go on behind a wildcard are tried one by one.) Built on the main thread, then immutable; matches() and
// contains() allocate nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
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
  static constexpr int8_t kAbsent = -1;

  // The patterns with one beginning.
  struct Group {
    uint64_t first, second;  // the first sixteen bytes of the beginning, zero behind its end
    uint32_t text, size;     // all of it, in the texts
    uint32_t others;         // its patterns among the others; those of the next group follow
    int8_t all;              // permissions of "<beginning>*"
    int8_t exact;            // permissions of the beginning itself, without a wildcard
    int8_t unused[2];
  };

  // A pattern with something behind its first wildcard.
  struct Other {
    uint32_t text, size;
    int32_t permissions;
  };

  // What decisions look at is one block of memory: this, the slots (a hash table with open addressing: eight
  // bits of the hash and the group's number plus 1), the groups and one more as their end, the others, the
  // lengths that `lengths` has no bit for, the texts.
  struct Head {
    uint64_t lengths;  // bit n: a beginning has n bytes; the last bit: some have more
    uint32_t slots, groups, others, long_lengths, texts, end;  // where they begin, in bytes
  };
  static_assert(sizeof(Head) == 32 && sizeof(Group) == 32);

  struct Parts;
  struct Probe;

  template <typename T>
  const T* at(uint32_t place) const {
    return reinterpret_cast<const T*>(block_.get() + place);
  }
  const Head& head() const { return *at<Head>(0); }
  std::string_view text(uint32_t from, uint32_t size) const { return {at<char>(head().texts) + from, size}; }
  const Group* find(const Probe& name, size_t size) const;
  bool matches_in(const Group& group, std::string_view name, uint8_t permissions) const;

  std::unique_ptr<std::byte[]> block_;  // null: no patterns
  std::vector<Entry> entries_;
  std::unique_ptr<std::unordered_map<std::string, size_t>> places_;  // in entries_; until seal()
};

}  // namespace holdfast::policy
