// The directory of one journal: holding it, and finding out what it holds.
//
// Used by the journal thread. open_directory() is all that happens at start: lock, read the manifests,
// check, cut what a crash left, write what only the redo log has, remove what no manifest names. It changes
// nothing when it finds damage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/durable_file.h"
#include "journal/history.h"
#include "journal/manifest.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {

inline constexpr std::string_view kLockName = "holdfast.lock";
inline constexpr std::string_view kBasePartName = "holdfast.base.part";
inline constexpr std::string_view kProbeName = "holdfast.probe";  // is there room again? see Store::repair()

// An exclusive lock on a directory, held as long as this lives; the kernel frees it when the process dies.
class DirectoryLock {
 public:
  static Result<std::unique_ptr<DirectoryLock>> take(const std::string& dir);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

enum class RedoUse : uint8_t { kNone, kHad, kLacked };  // not of it; it said what the file says; or more

struct OpenedDirectory {
  std::unique_ptr<DirectoryLock> lock;
  std::optional<Manifest> current;        // nothing: a new journal
  std::optional<SegmentScan> last;        // of the current generation's last segment, cut and synced
  RedoUse redo = RedoUse::kNone;          // what the redo log was for that segment, which has it all now
  std::vector<Manifest> old_generations;  // oldest first
  uint64_t next_sequence = 1;
  std::vector<std::string> notes;  // what was cut or removed, one sentence each, for the log
};

// Makes the directory when it is not there.
// kUnavailable: another process has it; kIo: try again later; kCorrupt, kInvalid: a person must look.
Result<OpenedDirectory> open_directory(FileSystem& files, const std::string& dir);

// Removes the redo log durably: what it has is in the segments, or must not get there. Later they say more
// than it does, and it must not be heeded then.
Status forget_redo(FileSystem& files, const std::string& dir);

// Of a directory that cannot be opened because it is damaged: the history that it belongs to, and an offset
// that every Redis of it has reached, as far as can be told. Nothing: not even that.
std::optional<Position> history_of_damaged(const std::string& dir);

// Names of the files in a directory, in no order.
Result<std::vector<std::string>> list_directory(const std::string& dir);

}  // namespace holdfast::journal
