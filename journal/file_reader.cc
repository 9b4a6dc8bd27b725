#include "journal/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace holdfast::journal {

Result<std::unique_ptr<FileReader>> FileReader::open(const std::string& path, bool* missing) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (missing != nullptr) *missing = fd < 0 && errno == ENOENT;
  if (fd < 0) return Error::from_errno("cannot open " + path, errno);
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) {
    const int problem = errno;
    ::close(fd);
    return Error::from_errno("cannot look at " + path, problem);
  }
  return std::unique_ptr<FileReader>(new FileReader(fd, path, static_cast<uint64_t>(facts.st_size)));
}

FileReader::~FileReader() {
  ::close(fd_);
}

void FileReader::replace_from(uint64_t offset, std::string bytes) {
  replaced_from_ = offset;
  replacement_ = std::move(bytes);
  size_ = offset + replacement_.size();
}

Result<size_t> FileReader::read_at(uint64_t offset, char* buffer, size_t size) const {
  size = offset >= size_ ? 0 : static_cast<size_t>(std::min<uint64_t>(size, size_ - offset));
  const size_t of_file =
      offset >= replaced_from_ ? 0 : static_cast<size_t>(std::min<uint64_t>(size, replaced_from_ - offset));
  size_t done = 0;
  while (done < of_file) {
    const ssize_t n = ::pread(fd_, buffer + done, of_file - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::from_errno("cannot read " + path_, errno);
    if (n == 0) return done;  // it was cut meanwhile
    done += static_cast<size_t>(n);
  }
  if (done < size) {
    replacement_.copy(buffer + done, size - done, static_cast<size_t>(offset + done - replaced_from_));
  }
  return size;
}

}  // namespace holdfast::journal
