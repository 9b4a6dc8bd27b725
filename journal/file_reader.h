// A file that is read as it was when it was opened: bytes appended later are not seen.
//
// Used by one thread at a time. That fixed end is what lets a segment be read while it is being written:
// the kernel moves a file's size only after the bytes are in place, so what lies below it is complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace holdfast::journal {

class FileReader {
 public:
  // kIo, with `missing` set when there is no such file.
  static Result<std::unique_ptr<FileReader>> open(const std::string& path, bool* missing = nullptr);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  int fd() const { return fd_; }  // of the file as it is

  // It is read as if it had these bytes at `offset`, which is at most size(), and ended no earlier than they.
  void replace(uint64_t offset, std::string bytes);
  bool is_replaced() const { return !replacement_.empty(); }

  // Up to `size` bytes from `offset`; fewer only at the end.
  Result<size_t> read_at(uint64_t offset, char* buffer, size_t size) const;

 private:
  FileReader(int fd, std::string path, uint64_t size) : fd_(fd), path_(std::move(path)), size_(size) {}
  Result<size_t> read_file(uint64_t offset, char* buffer, size_t size) const;

  int fd_;
  std::string path_;
  uint64_t size_;
  uint64_t replaced_from_ = UINT64_MAX;
  std::string replacement_;
};

}  // namespace holdfast::journal
