// The local addresses of this process's connections to its upstreams, so that one that a packet filter has
// redirected to our own transparent listener by mistake is recognised there, and does not talk to itself.
//
// One for the process; touched when a connection is made, lost, or accepted transparently. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

namespace holdfast::proxy {

class OwnConnections {
 public:
  // Names as Stream::local_name() and peer_name() write them; an empty one is ignored.
  void add(const std::string& local_name) {
    const std::lock_guard lock(mutex_);
    if (!local_name.empty()) names_.insert(local_name);
  }
  void remove(const std::string& local_name) {
    const std::lock_guard lock(mutex_);
    names_.erase(local_name);
  }
  bool contains(const std::string& peer_name) const {
    const std::lock_guard lock(mutex_);
    return names_.contains(peer_name);
  }

  static OwnConnections& of_this_process() {
    static OwnConnections connections;
    return connections;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::string> names_;
};

}  // namespace holdfast::proxy
