// A directory for a while: made under a parent, locked as long as somebody uses it, removed with all that is
// in it.
//
// One owner, any thread. A process that is killed cannot remove its own; remove_leftovers() does, and tells
// them by their lock, which the kernel has freed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::journal {

class ScratchDir {
 public:
  // All of them are called <parent>/holdfast.scratch.XXXXXX.
  static constexpr const char* kPrefix = "holdfast.scratch.";

  static Result<std::unique_ptr<ScratchDir>> create(const std::string& parent);
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  // Removes those under `parent` that nobody uses any more. Best effort; answers what was removed.
  static std::vector<std::string> remove_leftovers(const std::string& parent);

 private:
  ScratchDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

// Where temporary files belong on this machine: $TMPDIR, or /tmp.
std::string temporary_directory();

}  // namespace holdfast::journal
