// What ACL LOG shows: the last refusals and failed logins of an environment, similar ones of a minute as one
// entry with a count, as Redis does (acl.c, addACLLogEntry). Shared by all workers; any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace holdfast::proxy {

class AclLog {
 public:
  struct Entry {
    std::string reason;   // "command", "key", "channel", "auth"
    std::string context;  // "toplevel", "multi"
    std::string object;   // the command, key or channel; of auth: the command
    std::string user;
    std::string client;   // as CLIENT INFO
    int64_t unix_ms = 0;  // when it was last seen
    uint64_t count = 1;
  };

  void add(Entry entry);
  void reset();
  // The latest first, at most so many.
  std::vector<Entry> latest(size_t count) const;

 private:
  static constexpr size_t kEntriesMax = 128;  // acllog-max-len
  static constexpr size_t kCompared = 10;
  static constexpr int64_t kMergedMs = 60'000;

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // the latest first
};

}  // namespace holdfast::proxy
