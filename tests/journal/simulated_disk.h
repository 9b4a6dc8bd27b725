// A disk behind the journal's file operations that can lose its power: what was synced stays, and of all
// else any part.
//
// The operations change real files in a directory, which are what the operating system shows: a journal is
// read from there as ever. The disk itself is kept in memory, and a power cut puts what it has into the
// directory:
// - Of what was changed since the last sync of a file each sector reaches the disk or not, at any time and
//   in any order, and so does the size of the file. Space that was never written is zeros.
// - Of creations, renames and removals since the last sync of the directory the first few reach the disk, as
//   on a file system with a journal of its own.
// - An operation that fails, or during which everything stops, has done a part of its work. A failed sync
//   has written some sectors and forgotten the others, which are shown all the same: a second one would
//   succeed without writing them.
//
// Not simulated: a sector of which only a part is written, bytes that change by themselves, directory
// changes out of their order, a full disk, directories within the directory.
//
// Owned by a test, one thread. The files that it has handed out must be gone before a restart.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "journal/durable_file.h"

namespace holdfast::journal {

class SimulatedDisk final : public FileSystem {
 public:
  // The files of a fixed size have this one, whatever is asked for: a redo log has many laps then.
  static constexpr uint64_t kFixedBytes = 12 * kBlockBytes;

  // All that it does at random follows from the seed.
  explicit SimulatedDisk(uint64_t seed);

  // Everything stops during the n-th operation from now on (1: the next one), or at once; every later one
  // fails and changes nothing.
  void stop_in(uint64_t operations) { stop_at_ = operations_ + operations; }
  void stop() { is_stopped_ = true; }
  bool is_stopped() const { return is_stopped_; }
  // The n-th operation from now on fails, that one alone.
  void fail_in(uint64_t operations) { fail_at_ = operations_ + operations; }
  // FixedFile::sync() does nothing from now on, and says that all is well.
  void ignore_syncs_of_fixed_files() { ignores_syncs_of_fixed_files_ = true; }

  // The process was killed: the system has everything that was written.
  void restart_after_kill();
  // The machine stood still: there is what the disk has.
  void restart_after_power_cut();

  Result<std::unique_ptr<DurableFile>> create(const std::string& path) override;
  Result<std::unique_ptr<DurableFile>> open(const std::string& path) override;
  Result<std::unique_ptr<FixedFile>> open_fixed(const std::string& path, uint64_t size) override;
  Status overwrite(const std::string& path, uint64_t offset, std::string_view bytes) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_dir(const std::string& path) override;

 private:
  class Content;
  class AppendedFile;
  class BlockFile;
  using Names = std::map<std::string, std::shared_ptr<Content>>;

  // Counts an operation. False: it fails, or everything has stopped.
  bool happens();
  std::string_view part_of(std::string_view bytes);
  int some_percent();
  Status sync(Content& content);

  Names& shown() { return names_.back(); }
  Names& change_names();

  std::mt19937_64 random_;
  uint64_t sector_bytes_;
  uint64_t operations_ = 0;
  uint64_t stop_at_ = 0;
  uint64_t fail_at_ = 0;
  bool is_stopped_ = false;
  int write_backs_percent_ = 0;  // of the operations: the system writes changes to the disk before them
  bool ignores_syncs_of_fixed_files_ = false;
  std::vector<Names> names_{1};  // at the last sync of the directory, and after each change since then
};

}  // namespace holdfast::journal
