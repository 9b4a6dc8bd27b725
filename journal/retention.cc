#include "journal/retention.h"

#include <filesystem>

#include "journal/directory.h"

namespace holdfast::journal {
namespace {

uint64_t file_size(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  return problem ? 0 : size;
}

Status remove_generation(Store& store, const Manifest& manifest) {
  const std::string dir = store.dir() + "/";
  FileSystem& files = store.files();
  // The manifest first: without it the files are leftovers, which the next start removes.
  if (Status removed = files.remove(dir + generation_name(manifest.generation)); !removed.ok())
    return removed;
  if (Status synced = files.sync_dir(store.dir()); !synced.ok()) return synced;
  if (Status removed = files.remove(dir + base_name(manifest.base.sequence)); !removed.ok()) return removed;
  for (const uint64_t sequence : manifest.segments) {
    if (Status removed = files.remove(dir + segment_name(sequence)); !removed.ok()) return removed;
  }
  return {};
}

}  // namespace

Status apply_retention(Store& store, const config::Retention& retention, int64_t now_ms,
                       std::vector<std::string>& notes) {
  std::vector<Manifest>& old = store.old_generations();
  while (!old.empty()) {
    const Manifest& oldest = old.front();
    // A generation serves restores up to its end, so that is what its age counts from.
    const int64_t end_ms = oldest.closed ? oldest.closed->time_ms : oldest.base.time_ms;
    const bool too_old = retention.age_ms && end_ms < now_ms - *retention.age_ms;
    const bool too_big = retention.size_bytes && measure_disk_use(store.dir()).bytes > *retention.size_bytes;
    if (!too_old && !too_big) return {};
    if (Status removed = remove_generation(store, oldest); !removed.ok()) return removed;
    notes.push_back(
        "removed generation " + std::to_string(oldest.generation) + " of the journal in " + store.dir() +
        (too_old ? ": all of it is older than the retention" : ": the journal is larger than the retention"));
    old.erase(old.begin());
  }
  return {};
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
