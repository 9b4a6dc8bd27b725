// The few file operations that the journal's promises rest on, behind a small interface so that tests
// can make each of them fail.
//
// Used by the journal thread only. Every error names the path and says what the system said.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

// A file that is only appended to, and cut.
class DurableFile {
 public:
  virtual ~DurableFile() = default;  // closes it; says nothing about durability

  // Appends all of the bytes. After an error the file may hold any part of them.
  virtual Status append(std::string_view bytes) = 0;
  // fdatasync: what was appended survives a power cut. An error is final: Linux forgets which pages it
  // could not write, so a second call can succeed without having written them.
  virtual Status sync() = 0;
  // Cuts the file to `size` bytes; append() goes on from there.
  virtual Status truncate(uint64_t size) = 0;
};

// The unit in which a FixedFile is written; no disk has larger blocks.
inline constexpr size_t kBlockBytes = 4096;

// A file of a fixed size, all of whose bytes have been written once: overwriting them changes nothing about
// the file itself, so a sync waits for the bytes alone and not for what the file system notes about files.
class FixedFile {
 public:
  virtual ~FixedFile() = default;

  // Whole blocks, at a multiple of their size, from an address that is one (BlockBuffer): the bytes go past
  // the page cache (O_DIRECT) where the file system can do that. Errors as those of DurableFile.
  virtual Status write_at(uint64_t offset, std::string_view blocks) = 0;
  virtual Status sync() = 0;
  // The bytes that it has; who writes goes by this, and not by what was asked for when it was opened.
  virtual uint64_t size() const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Makes a file that must not exist yet.
  virtual Result<std::unique_ptr<DurableFile>> create(const std::string& path) = 0;
  // Opens an existing file for appending.
  virtual Result<std::unique_ptr<DurableFile>> open(const std::string& path) = 0;
  // Made, or made anew, if there is none of `size` bytes; then it and its name are durable on return. An
  // error leaves none, and no less room than before: it is not made where hardly any would be left.
  virtual Result<std::unique_ptr<FixedFile>> open_fixed(const std::string& path, uint64_t size) = 0;
  // Changes bytes of an existing file and makes that durable; the file may grow by it.
  virtual Status overwrite(const std::string& path, uint64_t offset, std::string_view bytes) = 0;
  // Atomically; an existing `to` is replaced.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  // A file that is not there is not an error.
  virtual Status remove(const std::string& path) = 0;
  // Makes creations, renames and removals in a directory durable.
  virtual Status sync_dir(const std::string& path) = 0;

  // The operating system's. Lives for ever.
  static FileSystem& real();
};

// Writes a small file so that a crash leaves the old content or the new one: temp file, sync, rename,
// sync of the directory.
Status replace_file(FileSystem& files, const std::string& dir, const std::string& name,
                    std::string_view content);

}  // namespace holdfast::journal
