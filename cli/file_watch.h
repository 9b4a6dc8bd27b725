// Notices that files have changed, however they are replaced: written in place, renamed over (editors,
// configuration management), or by a symbolic link that leads elsewhere (a Kubernetes ConfigMap).
//
// It looks when asked; that costs one stat() a file. Main thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::cli {

class FileWatch {
 public:
  // These files, from now on; what they are now is not a change.
  void watch(std::vector<std::string> paths);
  // What they are now has been read: it is not a change.
  void mark_read();
  // True once after the files have become others, when they have stayed so for two calls: what is being
  // written is not read in the middle. That a file is missing for a moment does not count, that it stays away
  // does.
  bool have_changed();

 private:
  struct Stamp {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t modified_ns = 0, changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  std::vector<Stamp> stamps() const;

  std::vector<std::string> paths_;
  std::vector<Stamp> known_;  // told, or as it was at first
  std::vector<Stamp> seen_;   // by the last call
};

}  // namespace holdfast::cli
