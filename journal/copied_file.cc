#include "journal/copied_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast::journal {
namespace {

constexpr uint64_t kWritebackBytes = 8u << 20;

Error failed(const std::string& what, const std::string& path) {
  const int number = errno;
  const bool no_room = number == ENOSPC || number == EDQUOT || number == EFBIG;
  const Error error = Error::from_errno("cannot " + what + " " + path, number);
  if (!no_room) return error;
  return Error(error.code(), error.message() + "; make room there or choose another --out");
}

}  // namespace

Result<std::unique_ptr<CopiedFile>> CopiedFile::create(const std::string& path, const FileReader& from) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0640);
  if (fd < 0) return failed("create", path);
  const bool is_clone = !from.is_replaced() && ::ioctl(fd, FICLONE, from.fd()) == 0;
  return std::unique_ptr<CopiedFile>(new CopiedFile(fd, path, is_clone));
}

CopiedFile::~CopiedFile() {
  ::close(fd_);
}

Status CopiedFile::append(std::string_view bytes) {
  if (is_clone_) return {};
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write to", path_);
    bytes.remove_prefix(static_cast<size_t>(n));
    size_ += static_cast<uint64_t>(n);
  }
  if (size_ - told_ < kWritebackBytes) return {};
  // Best effort: fdatasync decides.
  (void)::sync_file_range(fd_, static_cast<off64_t>(told_), static_cast<off64_t>(size_ - told_),
                          SYNC_FILE_RANGE_WRITE);
  told_ = size_;
  return {};
}

Status CopiedFile::finish(uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return failed("cut", path_);
  if (::fdatasync(fd_) != 0) return failed("sync", path_);
  return {};
}

}  // namespace holdfast::journal
