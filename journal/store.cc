#include "journal/store.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <random>

#include "base/clock.h"

namespace holdfast::journal {
namespace {

constexpr size_t kProbeBytes = 1u << 20;

uint64_t random_salt() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

}  // namespace

Store::Store(FileSystem& files, std::string dir, uint64_t segment_size_bytes, bool with_redo_log)
    : files_(files),
      dir_(std::move(dir)),
      segment_size_bytes_(segment_size_bytes),
      with_redo_log_(with_redo_log) {}

Status Store::open(std::vector<std::string>& notes) {
  auto result = open_directory(files_, dir_);
  if (!result.ok()) return result.error();
  OpenedDirectory opened = std::move(result).value();
  notes = opened.notes;
  if (opened.last) {
    const SegmentScan& last = *opened.last;
    auto segment = SegmentWriter::resume(files_, path_of(segment_name(last.header.sequence)), last);
    if (!segment.ok()) return segment.error();
    segment_ = std::move(segment).value();
    segment_listed_ = true;
    position_ = Position{last.replid, last.end};
    db_ = last.db;
    time_ms_ = last.time_ms;
  } else if (opened.current) {
    position_ = Position{opened.current->base.replid, opened.current->base.offset};
    time_ms_ = opened.current->base.time_ms;
    db_ = opened.current->base.db;
  }
  current_ = std::move(opened.current);
  old_generations_ = std::move(opened.old_generations);
  next_sequence_ = opened.next_sequence;
  segment_sealed_ = false;
  redo_.reset();
  redo_tried_ = false;
  ++openings_;
  lock_ = std::move(opened.lock);
  return {};
}

Status Store::still_there() const {
  std::vector<std::string> names = {std::string(kLockName)};
  if (current_) names.push_back(std::string(kManifestName));
  if (segment_ && segment_listed_) names.push_back(segment_name(segment_->sequence()));
  for (const std::string& name : names) {
    if (access(path_of(name).c_str(), F_OK) == 0) continue;
    return Error(ErrorCode::kIo, "the journal's file " + path_of(name) +
                                     " is gone while it was in use: nothing that was journaled there can be "
                                     "restored unless the directory is put back; a new journal is begun");
  }
  return {};
}

void Store::close() {
  if (!failed_) (void)settle();
  segment_.reset();
  redo_.reset();
  segment_listed_ = false;
  position_.reset();
  current_.reset();
  db_ = 0;
  lock_.reset();
}

// Every error on the way to durability ends here.
Status Store::fail(Status status) {
  if (status.ok()) return status;
  failed_ = true;
  // At once, and best effort: what was not synced must not be taken for durable by whoever reads the
  // directory next. repair() does it again and insists.
  if (segment_ && segment_listed_) (void)segment_->truncate(segment_->believable_bytes());
  return status;
}

Status Store::write_manifest(const Manifest& manifest) {
  manifest_unsure_ = true;
  Status written = replace_file(files_, dir_, std::string(kManifestName), format_manifest(manifest));
  if (written.ok()) manifest_unsure_ = false;
  return written;
}

// `unlisted`: the group's parts will be written before it is complete, so they must not go to a file
// that the manifest names.
Status Store::ensure_segment(bool unlisted) {
  assert(position_ && current_ && !failed_);
  if (segment_ && (segment_->group_open() || !segment_listed_)) return {};
  if (segment_ && !unlisted && !segment_sealed_ && segment_->bytes() < segment_size_bytes_) return {};
  if (Status settled = sync_segment(); !settled.ok()) return settled;
  redo_tried_ = false;
  segment_.reset();
  segment_listed_ = false;
  segment_sealed_ = false;
  SegmentHeader header;
  header.sequence = next_sequence_;
  header.generation = current_->generation;
  header.replid = position_->replid;
  header.start = position_->offset;
  header.db = db_;
  header.time_ms = std::max(time_ms_, unix_ms());
  header.salt = random_salt();
  const std::string path = path_of(segment_name(header.sequence));
  if (Status removed = files_.remove(path); !removed.ok()) return removed;
  auto segment = SegmentWriter::create(files_, path, header);
  if (!segment.ok()) return segment.error();
  segment_ = std::move(segment).value();
  next_sequence_ = header.sequence + 1;
  return {};
}

Status Store::list_segment() {
  if (segment_listed_) return {};
  // The file's own name must be durable before the manifest points at it.
  if (Status synced = files_.sync_dir(dir_); !synced.ok()) return synced;
  Manifest manifest = *current_;
  manifest.segments.push_back(segment_->sequence());
  if (Status written = write_manifest(manifest); !written.ok()) return written;
  current_ = std::move(manifest);
  segment_listed_ = true;
  return {};
}

Status Store::write_part(std::string_view bytes) {
  if (Status ready = ensure_segment(true); !ready.ok()) return fail(ready);
  bytes_written_ += bytes.size();
  return fail(segment_->append(bytes));
}

// Without room for one, every group is synced in the segment itself.
void Store::begin_redo_log() {
  if (!with_redo_log_ || redo_tried_) return;
  redo_tried_ = true;
  auto log = RedoLog::open(files_, dir_);
  if (log.ok())
    redo_ = std::move(log).value();
  else
    redo_problem_ = log.error();
}

Status Store::make_durable() {
  const std::string_view group = segment_listed_ ? segment_->only_undurable_write() : std::string_view();
  if (!group.empty() && redo_ == nullptr) begin_redo_log();
  ++syncs_;
  if (group.empty() || redo_ == nullptr || !redo_->has_room(group.size())) {
    Status synced = segment_->sync();
    if (synced.ok() && redo_) redo_->begin_lap();
    return synced;
  }
  const RedoPlace place{segment_->sequence(), segment_->seed(), segment_->bytes() - group.size()};
  if (Status written = redo_->write(place, group); !written.ok()) return written;
  segment_->durable_elsewhere();
  return {};
}

Status Store::sync_segment() {
  if (!segment_ || segment_->is_settled()) return {};
  ++syncs_;
  if (Status synced = segment_->sync(); !synced.ok()) {
    ++sync_failures_;
    return synced;
  }
  if (redo_) redo_->begin_lap();
  return {};
}

Status Store::settle() {
  assert(!failed_);
  if (Status settled = fail(sync_segment()); !settled.ok()) return settled;
  // Somebody has removed it.
  if (redo_ && access(path_of(std::string(kRedoName)).c_str(), F_OK) != 0) {
    redo_.reset();
    redo_tried_ = false;
  }
  return {};
}

Status Store::commit(std::string_view bytes, int db) {
  const uint64_t started = monotonic_ns();
  if (Status ready = ensure_segment(false); !ready.ok()) return fail(ready);
  const uint64_t bytes_before = segment_->bytes();
  const int64_t now = std::max(time_ms_, unix_ms());
  if (Status written = segment_->append_group(bytes, db, now); !written.ok()) return fail(written);
  const uint64_t synced_from = monotonic_ns();
  if (Status durable = make_durable(); !durable.ok()) {
    ++sync_failures_;
    return fail(durable);
  }
  last_sync_ns_ = monotonic_ns() - synced_from;
  last_write_ns_ = synced_from - started;
  bytes_written_ += segment_->bytes() - bytes_before;
  if (Status listed = list_segment(); !listed.ok()) return fail(listed);
  position_->offset = segment_->end();
  db_ = db;
  time_ms_ = now;
  return {};
}

Status Store::drop_open_group() {
  if (failed_ || !segment_ || segment_listed_) return {};
  // Parts are only ever in a file that is not in the manifest.
  const std::string path = segment_->path();
  segment_.reset();
  return fail(files_.remove(path));
}

Status Store::rename_history(const std::string& replid) {
  assert(position_ && !failed_);
  // Without a segment, or at the end of one, the header of the next one says it.
  if (segment_ && segment_listed_ && !segment_sealed_) {
    if (Status noted = segment_->append_id(replid); !noted.ok()) return fail(noted);
    if (Status synced = segment_->sync(); !synced.ok()) return fail(synced);
    if (redo_) redo_->begin_lap();
  }
  position_->replid = replid;
  return {};
}

void Store::discard_base() {
  (void)files_.remove(path_of(std::string(kBasePartName)));
}

// Kept generations have numbers above the current one's.
uint64_t Store::next_generation() const {
  uint64_t last = generation();
  for (const Manifest& old : old_generations_) last = std::max(last, old.generation);
  return last + 1;
}

Result<uint64_t> Store::keep_base(BaseFile base, const Position& position) {
  assert(!failed_ && current_);
  if (Status synced = base.sync(); !synced.ok()) return fail(synced).error();
  Manifest kept;
  kept.generation = next_generation();
  kept.base = {next_sequence_,  base.size(),     base.crc(),
               position.replid, position.offset, std::max(time_ms_, unix_ms())};
  kept.closed = Manifest::Closed{position.offset, kept.base.time_ms};
  kept.is_aside = true;
  if (Status renamed = files_.rename(base.path(), path_of(base_name(kept.base.sequence))); !renamed.ok())
    return fail(renamed).error();
  if (Status synced = files_.sync_dir(dir_); !synced.ok()) return fail(synced).error();
  if (Status written = replace_file(files_, dir_, generation_name(kept.generation), format_manifest(kept));
      !written.ok())
    return fail(written).error();
  next_sequence_ = kept.base.sequence + 1;
  // An unlisted segment has the number that is taken now; nothing of it is durable.
  if (segment_ && !segment_listed_) {
    (void)files_.remove(segment_->path());
    segment_.reset();
  }
  old_generations_.push_back(std::move(kept));
  return old_generations_.back().generation;
}

Status Store::adopt_base(BaseFile base, const Position& position) {
  assert(!failed_);
  if (Status settled = settle(); !settled.ok()) return settled;
  if (Status synced = base.sync(); !synced.ok()) return fail(synced);
  Manifest next;
  next.generation = next_generation();
  next.base = {next_sequence_,  base.size(),     base.crc(),
               position.replid, position.offset, std::max(time_ms_, unix_ms())};
  if (Status renamed = files_.rename(base.path(), path_of(base_name(next.base.sequence))); !renamed.ok())
    return fail(renamed);
  if (Status synced = files_.sync_dir(dir_); !synced.ok()) return fail(synced);
  std::optional<Manifest> old = current_;
  if (old) {
    // While both manifests exist the current one counts; see read_old_generations().
    old->closed = Manifest::Closed{position_->offset, time_ms_};
    Status kept = replace_file(files_, dir_, generation_name(old->generation), format_manifest(*old));
    if (!kept.ok()) return fail(kept);
  }
  if (Status written = write_manifest(next); !written.ok()) return fail(written);

  if (old) old_generations_.push_back(std::move(*old));
  next_sequence_ = next.base.sequence + 1;
  time_ms_ = next.base.time_ms;
  current_ = std::move(next);
  newest_base_since_ms_ = unix_ms();
  position_ = position;
  db_ = 0;  // the stream after a full resync begins with a SELECT
  segment_.reset();
  segment_listed_ = false;
  segment_sealed_ = false;
  return {};
}

std::optional<Store::Cut> Store::cut() {
  assert(!failed_);
  if (!current_ || position_->offset == current_->base.offset) return std::nullopt;
  segment_sealed_ = segment_ && segment_listed_;
  return Cut{*current_, *position_, time_ms_, db_, openings_};
}

Status Store::adopt_compacted(const Cut& cut, const std::string& path, uint64_t size, uint32_t crc) {
  assert(!failed_);
  // The redo log is heeded for the newest segment alone, which that of the cut may be no more.
  if (Status settled = settle(); !settled.ok()) return settled;
  const Manifest& before = cut.manifest;
  const bool same = current_ && cut.opening == openings_ && current_->generation == before.generation &&
                    current_->base == before.base;
  if (!same) {
    return Error(ErrorCode::kUnavailable,
                 "the journal in " + dir_ + " has taken another base meanwhile, so this one is not needed");
  }
  const uint64_t sequence = next_sequence_++;
  const std::string name = path_of(base_name(sequence));
  Status named = files_.rename(path, name);
  if (named.ok()) named = files_.sync_dir(dir_);
  if (!named.ok()) {
    (void)files_.remove(name);
    return named;
  }
  Manifest next = *current_;
  next.earlier.push_back({before.base, before.segments});
  next.base = {sequence, size, crc, cut.position.replid, cut.position.offset, cut.time_ms, cut.db};
  next.segments.erase(next.segments.begin(),
                      next.segments.begin() + static_cast<std::ptrdiff_t>(before.segments.size()));
  if (Status written = write_manifest(next); !written.ok()) return fail(written);
  current_ = std::move(next);
  newest_base_since_ms_ = unix_ms();
  return {};
}

Status Store::remove_oldest_stretch() {
  assert(!failed_ && current_ && !current_->earlier.empty());
  Manifest next = *current_;
  next.earlier.erase(next.earlier.begin());
  // The manifest first: without it the files are leftovers, which the next start removes.
  if (Status written = write_manifest(next); !written.ok()) return fail(written);
  const Manifest::Stretch oldest = std::move(current_->earlier.front());
  current_ = std::move(next);
  if (Status removed = files_.remove(path_of(base_name(oldest.base.sequence))); !removed.ok()) return removed;
  for (const uint64_t sequence : oldest.segments) {
    if (Status removed = files_.remove(path_of(segment_name(sequence))); !removed.ok()) return removed;
  }
  return {};
}

Status Store::repair_segment() {
  const uint64_t durable = segment_->durable_bytes();
  if (segment_->is_settled()) {
    if (Status cut = segment_->truncate(durable); !cut.ok()) return cut;
    (void)segment_->sync();
    return {};
  }
  // The end is durable in the redo log alone, and what the system still has of the segment's is not to be
  // believed after a failed sync: it is written again.
  const std::string path = segment_->path();
  auto redo = read_redo(dir_);
  if (!redo.ok()) return redo.error();
  const bool has_it = redo.value() && redo.value()->place.sequence == segment_->sequence() &&
                      redo.value()->place.seed == segment_->seed() && redo.value()->end() >= durable;
  if (!has_it) {
    return Error(ErrorCode::kIo, path_of(std::string(kRedoName)) + " no longer has the end of " + path +
                                     ", which could not be synced; the disk has lost what it had said was "
                                     "written: keep a copy of the directory and look at the disk");
  }
  const uint64_t from = redo.value()->place.from;
  redo.value()->bytes.resize(durable - from);
  if (Status cut = segment_->truncate(durable); !cut.ok()) return cut;
  return files_.overwrite(path, from, redo.value()->bytes);
}

Status Store::repair() {
  if (!failed_) return {};
  // 1. The manifest on disk is the one that we act on; a file that it does not name can go then.
  if (manifest_unsure_) {
    if (current_) {
      if (Status written = write_manifest(*current_); !written.ok()) return written;
    } else {
      if (Status removed = files_.remove(path_of(std::string(kManifestName))); !removed.ok()) return removed;
      if (Status synced = files_.sync_dir(dir_); !synced.ok()) return synced;
      manifest_unsure_ = false;
    }
  }
  // 2. Exactly the durable bytes remain. A cut that does not reach the disk before a crash is made again
  // at start, from the header of the segment that follows.
  if (segment_ && segment_listed_) {
    if (Status repaired = repair_segment(); !repaired.ok()) return repaired;
  } else if (segment_) {
    if (Status removed = files_.remove(segment_->path()); !removed.ok()) return removed;
  }
  segment_.reset();
  segment_listed_ = false;
  segment_sealed_ = false;
  // What the redo log has is in the segment now, or was refused: then no start may bring it back.
  redo_.reset();
  redo_tried_ = false;
  if (Status forgotten = forget_redo(files_, dir_); !forgotten.ok()) return forgotten;
  // 3. There is room and the disk writes: not one client is let in before that is known.
  const std::string probe = path_of(std::string(kProbeName));
  if (Status removed = files_.remove(probe); !removed.ok()) return removed;
  auto file = files_.create(probe);
  if (!file.ok()) return file.error();
  Status usable = file.value()->append(std::string(kProbeBytes, '#'));
  if (usable.ok()) usable = file.value()->sync();
  if (Status removed = files_.remove(probe); usable.ok()) usable = removed;
  if (!usable.ok()) return usable;
  failed_ = false;
  return {};
}

}  // namespace holdfast::journal
