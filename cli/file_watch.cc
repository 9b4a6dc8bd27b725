#include "cli/file_watch.h"

#include <sys/stat.h>

#include <utility>

namespace holdfast::cli {
namespace {

int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * INT64_C(1'000'000'000) + time.tv_nsec;
}

}  // namespace

void FileWatch::watch(std::vector<std::string> paths) {
  paths_ = std::move(paths);
  known_ = seen_ = stamps();
}

void FileWatch::mark_read() {
  known_ = seen_ = stamps();
}

bool FileWatch::have_changed() {
  std::vector<Stamp> now = stamps();
  const bool settled = now == seen_;
  seen_ = std::move(now);
  if (!settled || seen_ == known_) return false;
  known_ = seen_;
  return true;
}

std::vector<FileWatch::Stamp> FileWatch::stamps() const {
  std::vector<Stamp> result;
  for (const std::string& path : paths_) {
    struct stat status {};
    result.emplace_back();
    if (::stat(path.c_str(), &status) != 0) continue;
    result.back() = {status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
                     nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
  }
  return result;
}

}  // namespace holdfast::cli
