// A file layer that fails where a test says: the n-th operation, once or for ever, the way disks do.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "journal/durable_file.h"

namespace holdfast::journal {

class FaultyFiles final : public FileSystem {
 public:
  // Operations are numbered from 1. An append that fails has written half of its bytes; any other
  // operation has not happened, except a rename that is told to happen and be reported as failed.
  void fail_at(uint64_t operation, bool for_ever) {
    fail_at_ = operation;
    for_ever_ = for_ever;
  }
  void fail_from_now_on() { fail_at(operations_ + 1, true); }
  void heal() { fail_at(0, false); }
  void fail_after_renaming(bool on) { fail_after_renaming_ = on; }
  uint64_t operations() const { return operations_; }

  Result<std::unique_ptr<DurableFile>> create(const std::string& path) override;
  Result<std::unique_ptr<DurableFile>> open(const std::string& path) override;
  Result<std::unique_ptr<FixedFile>> open_fixed(const std::string& path, uint64_t size) override;
  Status overwrite(const std::string& path, uint64_t offset, std::string_view bytes) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_dir(const std::string& path) override;

 private:
  friend class FaultyFile;
  friend class FaultyFixedFile;
  bool fails_now();

  FileSystem& real_ = FileSystem::real();
  std::atomic<uint64_t> operations_{0};
  std::atomic<uint64_t> fail_at_{0};
  std::atomic<bool> for_ever_{false};
  std::atomic<bool> fail_after_renaming_{false};
};

}  // namespace holdfast::journal
