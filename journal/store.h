// The files of one journal, as the journal thread writes them: generations, segments, and what is durable.
//
// Owned by the journal thread; not thread-safe. The rules:
// - A segment enters the manifest when its first group is durable, so every file that the manifest names
//   holds whole commands and a copy of the directory loads in a stock server at any time.
// - After a failed write or sync nothing more is written to that file. failed() is true until repair()
//   has put the directory back to exactly what is durable; the stream then goes on in a new segment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "journal/base_file.h"
#include "journal/directory.h"
#include "journal/durable_file.h"
#include "journal/history.h"
#include "journal/manifest.h"
#include "journal/redo_log.h"
#include "journal/segment_writer.h"

namespace holdfast::journal {

class Store {
 public:
  // `with_redo_log`: see redo_log.h. What an earlier one left is heeded in any case.
  Store(FileSystem& files, std::string dir, uint64_t segment_size_bytes, bool with_redo_log = true);

  ~Store() { close(); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Opens the directory; see open_directory() for the errors. `notes` says what was cut or removed.
  Status open(std::vector<std::string>& notes);
  bool is_open() const { return lock_ != nullptr; }
  // An error when somebody has removed or replaced the files that we write: what is written now could not
  // be restored.
  Status still_there() const;
  // Lets another process have the directory.
  void close();

  // Where the journal stands: durable. Nothing: there is no base yet.
  const std::optional<Position>& position() const { return position_; }
  int db() const { return db_; }  // selected there
  uint64_t generation() const { return current_ ? current_->generation : 0; }

  // A full resync: fill the file, then make it the base of a new generation.
  Result<BaseFile> begin_base() { return BaseFile::create(files_, dir_); }
  Status adopt_base(BaseFile base, const Position& position);
  // Of what a Redis has that is about to be given the journal's data: a generation of its own that is closed
  // already, while the current one stays the current one. Answers its number.
  Result<uint64_t> keep_base(BaseFile base, const Position& position);
  void discard_base();  // frees the room of one that will not be adopted; best effort

  // The stream: any number of write_part(), then commit(), which takes the last bytes of the group, makes
  // it durable and moves position(). `db` is the one selected after it.
  Status commit(std::string_view bytes, int db);
  // For a command or transaction too large to hold in memory: its bytes as they arrive.
  Status write_part(std::string_view bytes);
  // Forgets the parts written since the last commit(): the link is gone and they will come again.
  Status drop_open_group();
  // Syncs the segment itself if its end is durable only in the redo log: for whoever reads the files without
  // Holdfast. Called about once a second.
  Status settle();
  // The history goes on under another id.
  Status rename_history(const std::string& replid);

  // Compaction, see compaction.h. A cut is a moment of the journal that will stay a border between two
  // segments: the next group begins a new one.
  struct Cut {
    Manifest manifest;  // of the moment: the base and all segments up to it
    Position position;
    int64_t time_ms = 0;  // of the last group before it
    int db = 0;           // selected there
    uint64_t opening = 0;
  };
  // Nothing: there is nothing behind the newest base.
  std::optional<Cut> cut();
  // Makes the file at `path`, which holds everything up to the cut and is synced, the base of a new stretch.
  // The file moves into the directory. kUnavailable: the journal has changed so that the cut means nothing
  // any more.
  Status adopt_compacted(const Cut& cut, const std::string& path, uint64_t size, uint32_t crc);
  // Removes the oldest stretch of the current generation, which must not be the last one.
  Status remove_oldest_stretch();

  // True after an error of those above: only repair() helps.
  bool failed() const { return failed_; }
  Status repair();

  // Retention: see retention.h.
  std::vector<Manifest>& old_generations() { return old_generations_; }
  const std::optional<Manifest>& current() const { return current_; }
  // When the manifest began to name the newest base, Unix milliseconds; 0: before the directory was opened.
  int64_t newest_base_since_ms() const { return newest_base_since_ms_; }
  const std::string& dir() const { return dir_; }
  FileSystem& files() { return files_; }
  // Nanoseconds of the last commit's write and fdatasync, for the metrics.
  uint64_t last_write_ns() const { return last_write_ns_; }
  uint64_t last_sync_ns() const { return last_sync_ns_; }
  uint64_t bytes_written() const { return bytes_written_; }
  uint64_t syncs() const { return syncs_; }  // of groups and of segments
  uint64_t sync_failures() const { return sync_failures_; }
  // Why the journal goes on without a redo log; told once for each time that there might have been one.
  std::optional<Error> take_redo_problem() { return std::exchange(redo_problem_, std::nullopt); }

 private:
  std::string path_of(const std::string& name) const { return dir_ + "/" + name; }
  Status ensure_segment(bool unlisted);
  Status make_durable();
  Status sync_segment();
  void begin_redo_log();
  Status repair_segment();
  Status list_segment();
  uint64_t next_generation() const;
  Status write_manifest(const Manifest& manifest);
  Status fail(Status status);

  FileSystem& files_;
  std::string dir_;
  uint64_t segment_size_bytes_;

  std::unique_ptr<DirectoryLock> lock_;
  std::optional<Manifest> current_;
  std::vector<Manifest> old_generations_;
  int64_t newest_base_since_ms_ = 0;
  uint64_t next_sequence_ = 1;

  std::optional<Position> position_;
  int db_ = 0;
  int64_t time_ms_ = 0;  // of the last group

  std::unique_ptr<SegmentWriter> segment_;
  bool segment_listed_ = false;
  bool segment_sealed_ = false;  // a cut is at its end: nothing more is written to it
  const bool with_redo_log_;
  std::unique_ptr<RedoLog> redo_;
  bool redo_tried_ = false;  // there is none, or no room for one; again with the next segment
  std::optional<Error> redo_problem_;
  uint64_t openings_ = 0;

  bool failed_ = false;
  bool manifest_unsure_ = false;  // the manifest on disk may not be current_
  uint64_t last_write_ns_ = 0;
  uint64_t last_sync_ns_ = 0;
  uint64_t bytes_written_ = 0;
  uint64_t syncs_ = 0;
  uint64_t sync_failures_ = 0;
};

}  // namespace holdfast::journal
