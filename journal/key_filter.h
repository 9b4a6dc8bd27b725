// Does a command of the stream change a key? One key, or those that match a pattern.
//
// One thread; keeps its buffers. The whole of the database counts where a command is about all of it:
// FLUSHALL, FLUSHDB, SWAPDB.
#pragma once

#include <optional>
#include <string>

#include "journal/command_reader.h"
#include "policy/key_positions.h"

namespace holdfast::journal {

class KeyFilter {
 public:
  static KeyFilter of_key(std::string key) { return KeyFilter(std::move(key), false); }
  // A glob pattern as Redis matches it.
  static KeyFilter of_pattern(std::string pattern) { return KeyFilter(std::move(pattern), true); }

  // Only in this database.
  void restrict_to(int db) { db_ = db; }

  bool is_changed_by(const StreamCommand& command);

 private:
  KeyFilter(std::string text, bool is_pattern) : text_(std::move(text)), is_pattern_(is_pattern) {}
  bool matches(std::string_view key, uint64_t size) const;

  std::string text_;
  bool is_pattern_;
  std::optional<int> db_;
  policy::KeyUses uses_;
};

}  // namespace holdfast::journal
