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

void FileReader::replace(uint64_t offset, std::string bytes) {
  replaced_from_ = offset;
  replacement_ = std::move(bytes);
  size_ = std::max(size_, offset + replacement_.size());
}

Result<size_t> FileReader::read_file(uint64_t offset, char* buffer, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd_, buffer + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::from_errno("cannot read " + path_, errno);
    if (n == 0) break;  // it was cut meanwhile
    done += static_cast<size_t>(n);
  }
  return done;
}

// What is replaced is not read at all: the disk may be unable to.
Result<size_t> FileReader::read_at(uint64_t offset, char* buffer, size_t size) const {
  size = offset >= size_ ? 0 : static_cast<size_t>(std::min<uint64_t>(size, size_ - offset));
  const auto up_to = [&](uint64_t end) {
    return end <= offset ? 0 : static_cast<size_t>(std::min<uint64_t>(size, end - offset));
  };
  const size_t before = up_to(replaced_from_);
  const size_t replaced = is_replaced() ? up_to(replaced_from_ + replacement_.size()) : before;
  auto read = read_file(offset, buffer, before);
  if (!read.ok() || read.value() < before) return read;
  if (replaced > before)
    replacement_.copy(buffer + before, replaced - before,
                      static_cast<size_t>(offset + before - replaced_from_));
  auto behind = read_file(offset + replaced, buffer + replaced, size - replaced);
  if (!behind.ok()) return behind;
  return replaced + behind.value();
}

}  // namespace holdfast::journal
