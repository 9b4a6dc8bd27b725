#include "journal/restore_target.h"

#include <filesystem>

#include "journal/durable_file.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "appendonlydir";  // Redis's default for appenddirname
constexpr std::string_view kUnfinished = "appendonlydir.unfinished";

std::string parent_of(const std::string& dir) {
  const std::string parent = fs::path(dir).parent_path().string();
  return parent.empty() ? "/" : parent;
}

}  // namespace

RestoreTarget::RestoreTarget(std::string dir)
    : dir_(std::move(dir)), files_dir_(dir_ + "/" + std::string(kUnfinished)) {}

Status RestoreTarget::check(const std::string& dir) {
  std::error_code problem;
  if (fs::is_symlink(dir, problem) && !fs::exists(dir, problem))
    return Error(ErrorCode::kInvalid,
                 "the target " + dir + " is a link to nothing; name a new or empty directory");
  const bool exists = fs::exists(dir, problem);
  const bool is_directory = exists && fs::is_directory(dir, problem);
  if (exists && !problem && !is_directory)
    return Error(ErrorCode::kInvalid,
                 "the target " + dir + " is not a directory; name one that is empty, or a new one");
  const bool is_empty_directory = is_directory && fs::is_empty(dir, problem);
  // An answer that there is no such thing is an answer.
  if (exists && problem)
    return Error(ErrorCode::kIo, "cannot look at the target " + dir + ": " + problem.message());
  if (exists && !is_empty_directory)
    return Error(ErrorCode::kInvalid,
                 "the target " + dir + " is not empty; name a directory that is, or a new one");
  return {};
}

Status RestoreTarget::check_outside(const std::string& dir, const std::string& journal_dir) {
  std::error_code problem;
  const fs::path journal = fs::weakly_canonical(journal_dir, problem);
  if (problem) return {};
  for (fs::path path = fs::weakly_canonical(dir, problem); !problem; path = path.parent_path()) {
    if (path == journal)
      return Error(ErrorCode::kInvalid, "the target " + dir + " is inside the journal " + journal_dir +
                                            ", which is Holdfast's own; name a directory elsewhere");
    if (path == path.parent_path()) break;
  }
  return {};
}

Result<std::unique_ptr<RestoreTarget>> RestoreTarget::create(const std::string& dir) {
  if (Status usable = check(dir); !usable.ok()) return usable.error();
  std::error_code problem;
  std::string path = fs::absolute(dir, problem).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::unique_ptr<RestoreTarget> target(new RestoreTarget(path));
  for (std::string above = path; !fs::exists(above, problem) && !problem; above = parent_of(above))
    target->made_ = above;
  fs::create_directories(target->files_dir(), problem);
  if (problem) return Error(ErrorCode::kIo, "cannot create the target " + dir + ": " + problem.message());
  return target;
}

RestoreTarget::~RestoreTarget() {
  std::error_code problem;
  if (!kept_) fs::remove_all(made_.empty() ? files_dir_ : made_, problem);
}

Status RestoreTarget::keep() {
  FileSystem& files = FileSystem::real();
  if (Status synced = files.sync_dir(files_dir_); !synced.ok()) return synced;
  if (Status named = files.rename(files_dir_, dir_ + "/" + std::string(kName)); !named.ok()) return named;
  // From the new name up to the directory that was there before.
  std::string dir = dir_;
  while (true) {
    if (Status synced = files.sync_dir(dir); !synced.ok()) {
      files_dir_ = dir_ + "/" + std::string(kName);
      return synced;
    }
    if (made_.empty() || dir.size() < made_.size()) break;
    dir = parent_of(dir);
  }
  kept_ = true;
  return {};
}

}  // namespace holdfast::journal
