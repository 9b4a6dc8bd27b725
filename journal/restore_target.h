// The directory that a restore makes: complete under its name, or not there at all.
//
// One thread. Files are made in a directory of another name, which gets the right one when everything is
// durable; what is not kept is removed by the destructor, and so are the directories above it that were made.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace holdfast::journal {

class RestoreTarget {
 public:
  // `dir` must not exist or be an empty directory: kInvalid. check() only asks that.
  static Status check(const std::string& dir);
  // It must not lie in the journal's directory: kInvalid.
  static Status check_outside(const std::string& dir, const std::string& journal_dir);
  static Result<std::unique_ptr<RestoreTarget>> create(const std::string& dir);
  ~RestoreTarget();
  RestoreTarget(const RestoreTarget&) = delete;
  RestoreTarget& operator=(const RestoreTarget&) = delete;

  // Where the files go until keep().
  const std::string& files_dir() const { return files_dir_; }
  // Makes everything durable and gives it its name.
  Status keep();

 private:
  explicit RestoreTarget(std::string dir);

  std::string dir_;
  std::string files_dir_;
  std::string made_;  // the topmost directory that was made here; empty: `dir` was there
  bool kept_ = false;
};

}  // namespace holdfast::journal
