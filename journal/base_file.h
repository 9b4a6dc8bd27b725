// A base (an RDB) on its way in: written under a temporary name, counted and checksummed.
//
// Owned by the journal thread while a full resync runs. Nothing of the journal changes until the Store
// takes it over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/durable_file.h"

namespace holdfast::journal {

class BaseFile {
 public:
  // Makes <dir>/holdfast.base.part anew.
  static Result<BaseFile> create(FileSystem& files, const std::string& dir);

  Status append(std::string_view bytes);
  Status sync() { return file_->sync(); }

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  uint32_t crc() const { return crc_; }

 private:
  BaseFile(std::unique_ptr<DurableFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  std::unique_ptr<DurableFile> file_;
  std::string path_;
  uint64_t size_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace holdfast::journal
