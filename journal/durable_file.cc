#include "journal/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace holdfast::journal {
namespace {

Error failed(std::string_view what, const std::string& path) {
  return Error::from_errno("cannot " + std::string(what) + " " + path, errno);
}

constexpr uint64_t kSpareBytes = 16u << 20;  // for what has to be written without a choice

Status write_all(int fd, uint64_t offset, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write to", path);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

class PosixFile final : public DurableFile {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write to", path_);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

  Status sync() override {
    // EINTR is an error like any other: what it left unwritten is not known.
    if (::fdatasync(fd_) != 0) return failed("fdatasync", path_);
    return {};
  }

  Status truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return failed("cut", path_);
    return {};
  }

 private:
  int fd_;
  std::string path_;
};

class PosixFixedFile final : public FixedFile {
 public:
  PosixFixedFile(int fd, std::string path, uint64_t size) : fd_(fd), path_(std::move(path)), size_(size) {}
  ~PosixFixedFile() override { ::close(fd_); }
  PosixFixedFile(const PosixFixedFile&) = delete;
  PosixFixedFile& operator=(const PosixFixedFile&) = delete;

  Status write_at(uint64_t offset, std::string_view blocks) override {
    assert(offset % kBlockBytes == 0 && blocks.size() % kBlockBytes == 0);
    while (!blocks.empty()) {
      const ssize_t n = ::pwrite(fd_, blocks.data(), blocks.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && go_direct(false)) continue;
      if (n < 0) return failed("write to", path_);
      blocks.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return failed("fdatasync", path_);
    return {};
  }

  uint64_t size() const override { return size_; }

  // A copy may have lost the blocks of zeros.
  bool is_filled() const {
    struct stat facts {};
    return ::fstat(fd_, &facts) == 0 && static_cast<uint64_t>(facts.st_size) == size_ &&
           static_cast<uint64_t>(facts.st_blocks) * 512 >= size_;
  }

  Status fill() {
    if (::ftruncate(fd_, 0) != 0) return failed("cut", path_);
    struct statvfs room {};
    if (::fstatvfs(fd_, &room) != 0) return failed("look at the file system of", path_);
    const uint64_t free = static_cast<uint64_t>(room.f_bavail) * room.f_frsize;
    if (free < size_ + kSpareBytes) {
      return Error(ErrorCode::kIo, path_ + " needs " + std::to_string(size_ >> 20) + " MiB and leaves " +
                                       std::to_string(kSpareBytes >> 20) + " MiB free, but only " +
                                       std::to_string(free >> 20) + " MiB are");
    }
    // Small: what a thread once had, its heap keeps.
    const std::string zeros(16u << 10, '\0');
    for (uint64_t done = 0; done < size_; done += zeros.size()) {
      const std::string_view piece(zeros.data(), std::min<uint64_t>(zeros.size(), size_ - done));
      if (Status written = write_at(done, piece); !written.ok()) return written;
    }
    return sync();
  }

  // Past the page cache or through it. Answers whether that is a change; not every file system can be
  // written past it, and some say so at the first write only.
  bool go_direct(bool direct) {
    if (direct == is_direct_ || ::fcntl(fd_, F_SETFL, direct ? O_DIRECT : 0) != 0) return false;
    is_direct_ = direct;
    return true;
  }

 private:
  int fd_;
  std::string path_;
  uint64_t size_;
  bool is_direct_ = false;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<DurableFile>> create(const std::string& path) override {
    return open_with(path, O_CREAT | O_EXCL, "create");
  }

  Result<std::unique_ptr<DurableFile>> open(const std::string& path) override {
    return open_with(path, 0, "open");
  }

  Result<std::unique_ptr<FixedFile>> open_fixed(const std::string& path, uint64_t size) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return failed("open", path);
    auto file = std::make_unique<PosixFixedFile>(fd, path, size);
    if (!file->is_filled()) {
      Status made = file->fill();
      const std::string dir = std::filesystem::path(path).parent_path().string();
      if (made.ok()) made = sync_dir(dir.empty() ? "." : dir);
      if (!made.ok()) {
        (void)::unlink(path.c_str());
        return made.error();
      }
    }
    (void)file->go_direct(true);
    return std::unique_ptr<FixedFile>(std::move(file));
  }

  Status overwrite(const std::string& path, uint64_t offset, std::string_view bytes) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return failed("open", path);
    Status done = write_all(fd, offset, bytes, path);
    if (done.ok() && ::fdatasync(fd) != 0) done = failed("fdatasync", path);
    ::close(fd);
    return done;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename " + from + " to", to);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove", path);
    return {};
  }

  Status sync_dir(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed("open the directory", path);
    const int result = ::fsync(fd);
    const int problem = errno;
    ::close(fd);
    if (result != 0) return Error::from_errno("cannot sync the directory " + path, problem);
    return {};
  }

 private:
  static Result<std::unique_ptr<DurableFile>> open_with(const std::string& path, int flags,
                                                        std::string_view what) {
    // 0640: a journal holds everybody's data. O_APPEND: a cut is followed by appending at the new end.
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0640);
    if (fd < 0) return failed(what, path);
    return std::unique_ptr<DurableFile>(std::make_unique<PosixFile>(fd, path));
  }
};

}  // namespace

FileSystem& FileSystem::real() {
  static PosixFileSystem files;
  return files;
}

Status replace_file(FileSystem& files, const std::string& dir, const std::string& name,
                    std::string_view content) {
  const std::string path = dir + "/" + name;
  const std::string temporary = path + ".tmp";
  if (Status removed = files.remove(temporary); !removed.ok()) return removed;
  auto file = files.create(temporary);
  if (!file.ok()) return file.error();
  if (Status written = file.value()->append(content); !written.ok()) return written;
  if (Status synced = file.value()->sync(); !synced.ok()) return synced;
  if (Status renamed = files.rename(temporary, path); !renamed.ok()) return renamed;
  return files.sync_dir(dir);
}

}  // namespace holdfast::journal
