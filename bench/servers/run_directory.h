// Where everything that the servers of a run write goes: one directory, removed with all in it at the end.
#pragma once

#include <string>

#include "base/result.h"

namespace holdfast::bench {

class RunDirectory {
 public:
  // Makes <parent>/run.XXXXXX; the parent must be on the disk whose syncs are to be measured.
  static Result<RunDirectory> make(const std::string& parent);
  RunDirectory(RunDirectory&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  RunDirectory& operator=(RunDirectory&&) = delete;
  ~RunDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace holdfast::bench
