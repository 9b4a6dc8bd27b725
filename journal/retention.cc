#include "journal/retention.h"

#include <algorithm>
#include <filesystem>

#include "journal/directory.h"

namespace holdfast::journal {
namespace {

uint64_t file_size(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  return problem ? 0 : size;
}

std::vector<std::string> names_of(const Manifest::Stretch& stretch) {
  Manifest alone;
  alone.base = stretch.base;
  alone.segments = stretch.segments;
  return alone.file_names();
}

// What could go next: the oldest stretch that is not the newest one.
struct Oldest {
  Manifest* generation = nullptr;  // an earlier one; null: the current one
  Manifest::Stretch stretch;
  bool last_of_generation = false;
  bool last_before_newest = false;  // of all of them: until lately it was the newest one itself
  int64_t end_ms = 0;               // from here on a later base serves
};

std::optional<Oldest> find_oldest(Store& store) {
  if (!store.current()) return std::nullopt;
  const std::vector<Manifest::Stretch> current = store.current()->stretches();
  std::vector<Manifest>& old = store.old_generations();
  if (old.empty()) {
    if (current.size() == 1) return std::nullopt;
    return Oldest{nullptr, current[0], false, current.size() == 2, current[1].base.time_ms};
  }
  const std::vector<Manifest::Stretch> stretches = old[0].stretches();
  if (stretches.size() > 1) return Oldest{old.data(), stretches[0], false, false, stretches[1].base.time_ms};
  // Not a reference to a base: stretches() answers by value.
  const int64_t next_ms = old.size() > 1 ? old[1].stretches()[0].base.time_ms : current[0].base.time_ms;
  const int64_t closed_ms = old[0].closed ? old[0].closed->time_ms : 0;
  const bool is_last =
      current.size() == 1 &&
      std::all_of(old.begin() + 1, old.end(), [](const Manifest& later) { return later.is_aside; });
  return Oldest{old.data(), stretches[0], true, is_last, std::max(closed_ms, next_ms)};
}

// By somebody who has the manifest of a moment ago.
bool may_be_read(const Store& store, uint64_t bytes, int64_t now_ms) {
  const auto reading_ms = static_cast<int64_t>(bytes / (kReaderBytesPerSecond / 1000));
  const int64_t since_ms = now_ms - store.newest_base_since_ms();
  return since_ms >= 0 && since_ms < kReaderMs + reading_ms;
}

Status remove(Store& store, const Oldest& oldest) {
  if (oldest.generation == nullptr) return store.remove_oldest_stretch();
  Manifest& generation = *oldest.generation;
  const std::string dir = store.dir() + "/";
  FileSystem& files = store.files();
  // The manifest first: without it the files are leftovers, which the next start removes.
  if (oldest.last_of_generation) {
    if (Status removed = files.remove(dir + generation_name(generation.generation)); !removed.ok())
      return removed;
    if (Status synced = files.sync_dir(store.dir()); !synced.ok()) return synced;
    store.old_generations().erase(store.old_generations().begin());
  } else {
    Manifest rest = generation;
    rest.earlier.erase(rest.earlier.begin());
    Status written =
        replace_file(files, store.dir(), generation_name(rest.generation), format_manifest(rest));
    if (!written.ok()) return written;
    generation = std::move(rest);
  }
  for (const std::string& name : names_of(oldest.stretch)) {
    if (Status removed = files.remove(dir + name); !removed.ok()) return removed;
  }
  return {};
}

}  // namespace

Status apply_retention(Store& store, const config::Retention& retention, int64_t now_ms, Removed& removed) {
  while (const auto oldest = find_oldest(store)) {
    const bool too_old = retention.age_ms && oldest->end_ms < now_ms - *retention.age_ms;
    const bool too_big = retention.size_bytes && measure_disk_use(store.dir()).bytes > *retention.size_bytes;
    if (!too_old && !too_big) return {};
    const uint64_t generation =
        oldest->generation != nullptr ? oldest->generation->generation : store.generation();
    const uint64_t bytes = bytes_of(store.dir(), names_of(oldest->stretch));
    if (oldest->last_before_newest && may_be_read(store, bytes, now_ms)) return {};
    if (Status done = remove(store, *oldest); !done.ok()) return done;
    removed.bytes += bytes;
    removed.notes.push_back(
        "removed " + std::string(oldest->last_of_generation ? "" : "the oldest part of ") + "generation " +
        std::to_string(generation) + " of the journal in " + store.dir() + " (" + std::to_string(bytes) +
        " bytes, from offset " + std::to_string(oldest->stretch.base.offset) + "): " +
        (too_old ? "all of it is older than the retention" : "the journal is larger than the retention"));
  }
  return {};
}

std::optional<int64_t> oldest_restorable_ms(Store& store) {
  if (!store.current()) return std::nullopt;
  int64_t oldest = store.current()->stretches().front().base.time_ms;
  for (const Manifest& generation : store.old_generations()) {
    if (!generation.is_aside) oldest = std::min(oldest, generation.stretches().front().base.time_ms);
  }
  return oldest;
}

uint64_t bytes_of(const std::string& dir, const std::vector<std::string>& names) {
  uint64_t bytes = 0;
  for (const std::string& name : names) bytes += file_size(dir + "/" + name);
  return bytes;
}

DiskUse measure_disk_use(const std::string& dir) {
  DiskUse use;
  const auto names = list_directory(dir);
  if (!names.ok()) return use;
  for (const std::string& name : names.value()) {
    if (!name.starts_with("appendonly.aof.") && name != kBasePartName) continue;
    use.bytes += file_size(dir + "/" + name);
    use.segments += name.ends_with(".incr.aof") ? 1 : 0;
  }
  return use;
}

}  // namespace holdfast::journal
