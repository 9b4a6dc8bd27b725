#include "audit/audit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace holdfast::audit {
namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

Status AuditFile::open() {
  if (fd_ >= 0) return {};
  const auto failed = [&] {
    return Error::from_errno("cannot open the audit log '" + options_.path + "'", errno);
  };
  fd_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
               kOwnerOnly);
  if (fd_ < 0) return failed();
  struct stat status {};
  if (fstat(fd_, &status) != 0) {
    const Error error = failed();
    close();
    return error;
  }
  regular_ = S_ISREG(status.st_mode);
  size_ = regular_ ? static_cast<uint64_t>(status.st_size) : 0;
  return {};
}

void AuditFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status AuditFile::reopen() {
  close();
  return open();
}

// logrotate has renamed it, or it was deleted.
bool AuditFile::is_elsewhere() const {
  struct stat here {
  }, named{};
  if (!regular_ || fstat(fd_, &here) != 0) return false;
  if (stat(options_.path.c_str(), &named) != 0) return errno == ENOENT;
  return here.st_dev != named.st_dev || here.st_ino != named.st_ino;
}

Status AuditFile::append(std::string_view lines) {
  if (Status opened = fd_ >= 0 && is_elsewhere() ? reopen() : open(); !opened.ok()) return opened;
  if (regular_ && size_ > 0 && size_ + lines.size() > options_.max_bytes)
    if (Status rotated = rotate(); !rotated.ok()) return rotated;
  size_t written = 0;
  while (written < lines.size()) {
    const ssize_t count = ::write(fd_, lines.data() + written, lines.size() - written);
    if (count > 0) {
      written += static_cast<size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    const Error error = Error::from_errno("cannot write to the audit log '" + options_.path + "'", errno);
    // Half a line would make the next one unreadable, too.
    if (written > 0 && regular_ && ftruncate(fd_, static_cast<off_t>(size_)) != 0) close();
    return error;
  }
  size_ += lines.size();
  return {};
}

Status AuditFile::rotate() {
  const auto numbered = [&](int number) { return options_.path + "." + std::to_string(number); };
  if (options_.keep == 0) {
    if (ftruncate(fd_, 0) != 0)
      return Error::from_errno("cannot empty the audit log '" + options_.path + "'", errno);
    size_ = 0;
    return {};
  }
  (void)std::remove(numbered(options_.keep).c_str());
  for (int number = options_.keep - 1; number >= 1; --number)
    (void)std::rename(numbered(number).c_str(), numbered(number + 1).c_str());
  if (std::rename(options_.path.c_str(), numbered(1).c_str()) != 0)
    return Error::from_errno("cannot rename the audit log '" + options_.path + "'", errno);
  return reopen();
}

}  // namespace holdfast::audit
