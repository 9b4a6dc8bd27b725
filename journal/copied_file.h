// A file that becomes a copy of another one's beginning, while that one is read and checked.
//
// One thread. Where the file system can share blocks (btrfs, XFS) the copy is made by that, and append() only
// counts; elsewhere the bytes are written, and the kernel is told early to bring them to the disk, so that
// finish() need not wait for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/file_reader.h"

namespace holdfast::journal {

class CopiedFile {
 public:
  // `path` must not exist yet. kIo says what to do about a full disk.
  static Result<std::unique_ptr<CopiedFile>> create(const std::string& path, const FileReader& from);
  ~CopiedFile();
  CopiedFile(const CopiedFile&) = delete;
  CopiedFile& operator=(const CopiedFile&) = delete;

  // The next bytes of the original, in order from its beginning.
  Status append(std::string_view bytes);
  // Only the first `size` bytes are wanted; makes them durable.
  Status finish(uint64_t size);

 private:
  CopiedFile(int fd, std::string path, bool is_clone)
      : fd_(fd), path_(std::move(path)), is_clone_(is_clone) {}

  int fd_;
  std::string path_;
  bool is_clone_;
  uint64_t size_ = 0;
  uint64_t told_ = 0;  // bytes that are on their way to the disk
};

}  // namespace holdfast::journal
