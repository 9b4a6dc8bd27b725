// Follows one key through the stream: which commands change it, given where it may be at all.
//
// A FLUSHALL is a change of a key only where the key may exist. That is known from a base (rdb_reader.h) on;
// before that, any database may have it. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "journal/command_reader.h"
#include "journal/key_filter.h"

namespace holdfast::journal {

class KeyPresence {
 public:
  // `only`: changes in other databases are followed and not told.
  KeyPresence(std::string key, std::optional<int> only);

  // What a base says: it is in these databases and in no other.
  void know(const std::set<int>& databases);
  void forget();
  bool may_exist() const;

  // The next command of the stream. Is it to be told?
  bool is_changed_by(const StreamCommand& command);

 private:
  bool may_have(int db) const;
  void swap(int a, int b);
  void take(const StreamCommand& command, std::string_view name);

  std::string key_;
  std::optional<int> only_;
  KeyFilter anywhere_;
  KeyFilter told_;
  std::map<int, bool> known_;
  bool elsewhere_ = true;  // databases that are not in known_ may have it
};

}  // namespace holdfast::journal
