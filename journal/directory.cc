#include "journal/directory.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "journal/scratch_dir.h"
#include "journal/segment_file.h"
#include "journal/split_scan.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

Error corrupt(std::string message) {
  return Error(ErrorCode::kCorrupt, std::move(message));
}

Status make_directory(FileSystem& files, const std::string& dir) {
  std::error_code problem;
  if (fs::is_directory(dir, problem)) return {};
  fs::create_directories(dir, problem);
  if (problem)
    return Error(ErrorCode::kIo, "cannot create the journal directory " + dir + ": " + problem.message());
  const fs::path parent = fs::absolute(dir, problem).lexically_normal().parent_path();
  return files.sync_dir(parent.empty() ? "." : parent.string());
}

// The manifests of the generations beside the current one, oldest first: those before it, and what a Redis
// had before it was given the journal's data. A generation-<n> manifest of the current generation is left by
// a crash just before the switch and means nothing.
Status read_old_generations(FileSystem& files, const std::string& dir, const std::vector<std::string>& names,
                            OpenedDirectory& opened) {
  for (const std::string& name : names) {
    const auto generation = generation_of(name);
    if (!generation) continue;
    if (*generation == opened.current->generation) {
      if (Status removed = files.remove(dir + "/" + name); !removed.ok()) return removed;
      continue;
    }
    auto manifest = read_manifest(dir + "/" + name);
    if (!manifest.ok()) return manifest.error();
    if (manifest.value()) opened.old_generations.push_back(std::move(*manifest.value()));
  }
  std::sort(opened.old_generations.begin(), opened.old_generations.end(),
            [](const Manifest& a, const Manifest& b) { return a.generation < b.generation; });
  return {};
}

// Checks the segments of the current generation: that each begins where the one before ends, and the
// last one byte by byte. Collects what has to be cut; cuts nothing yet.
struct Cut {
  std::string path;
  uint64_t size;
  std::string note;
};

std::string gap_note(const FileReader& segment, const Redo& redo) {
  return std::string(kRedoName) + " begins at byte " + std::to_string(redo.place.from) + " of " +
         segment.path() + ", which has only " + std::to_string(segment.size()) +
         ": a copy whose files are of different moments, or the disk has lost bytes that it had said were "
         "written; the journal goes on where the segment ends";
}

// The end of the last segment, which a power cut may have kept only in the redo log. It is written again
// even where the file shows it: after a failed sync the system may show what the disk does not have.
Status write_redo(FileSystem& files, const std::string& dir, const Redo& redo, OpenedDirectory& opened) {
  const std::string path = dir + "/" + segment_name(redo.place.sequence);
  if (Status written = files.overwrite(path, redo.place.from, redo.bytes); !written.ok()) return written;
  if (opened.redo == RedoUse::kLacked) {
    opened.notes.push_back("wrote the last " + std::to_string(redo.bytes.size()) + " bytes of " + path +
                           " anew from " + std::string(kRedoName) +
                           ", because the file lacked some of them, as after a power cut");
  }
  return {};
}

Status check_segments(const std::string& dir, const std::optional<Redo>& redo, OpenedDirectory& opened,
                      std::vector<Cut>& cuts) {
  const Manifest& manifest = *opened.current;
  std::unique_ptr<FileReader> file;
  uint64_t start = manifest.base.offset;  // where the segment in `file` must begin
  for (size_t i = 0; i < manifest.segments.size(); ++i) {
    const bool is_last = i + 1 == manifest.segments.size();
    if (!file) {
      auto reader = open_segment(dir, manifest.segments[i], redo);
      if (!reader.ok()) return reader.error();
      file = std::move(reader).value();
    }
    uint32_t seed = 0;
    auto header = read_segment_header(*file, seed, nullptr);
    if (!header.ok()) return header.error();
    if (header.value().start != start || header.value().sequence != manifest.segments[i] ||
        header.value().generation != manifest.generation)
      return corrupt(file->path() +
                     ": its header says that it is another segment; a file was replaced or lost");
    if (is_last) {
      if (redo && is_gap_before(*file, *redo)) opened.notes.push_back(gap_note(*file, *redo));
      if (redo && counts_for(*file, *redo))
        opened.redo = file->is_replaced() ? RedoUse::kLacked : RedoUse::kHad;
      auto scan = scan_segment_in_two(*file);
      if (!scan.ok()) return scan.error();
      // A segment enters the manifest only after its first group is durable.
      if (scan.value().groups == 0)
        return corrupt(file->path() + ": corrupt at byte " + std::to_string(scan.value().valid_bytes) +
                       ": its first group is damaged or missing");
      if (scan.value().tail_bytes > 0) {
        cuts.push_back({file->path(), scan.value().valid_bytes,
                        "cut an interrupted write of " + std::to_string(scan.value().tail_bytes) +
                            " bytes from " + file->path() + " at byte " +
                            std::to_string(scan.value().valid_bytes)});
      }
      opened.last = std::move(scan).value();
      return {};
    }

    auto next = open_segment(dir, manifest.segments[i + 1], redo);
    if (!next.ok()) return next.error();
    auto next_header = read_segment_header(*next.value(), seed, nullptr);
    if (!next_header.ok()) return next_header.error();
    start = next_header.value().start;
    const auto last_record = read_last_record(*file);
    if (!last_record.ok() || last_record.value().end != start) {
      ScanOptions options;
      options.stop_at = start;
      auto scan = scan_segment(*file, options);
      if (!scan.ok()) return scan.error();
      if (scan.value().end != start)
        return corrupt(file->path() + ": corrupt at byte " + std::to_string(scan.value().valid_bytes) +
                       ": it ends at offset " + std::to_string(scan.value().end) +
                       " but the next segment begins at " + std::to_string(start));
      if (scan.value().tail_bytes > 0) {
        cuts.push_back({file->path(), scan.value().valid_bytes,
                        "cut " + std::to_string(scan.value().tail_bytes) + " bytes from " + file->path() +
                            " that a failed write had left; the next segment has them"});
      }
    }
    file = std::move(next).value();
  }
  return {};
}

Status check_base(const std::string& dir, const Manifest& manifest) {
  auto base = FileReader::open(dir + "/" + base_name(manifest.base.sequence));
  if (!base.ok()) return base.error();
  if (base.value()->size() != manifest.base.size)
    return corrupt(base.value()->path() + ": corrupt: it has " + std::to_string(base.value()->size()) +
                   " bytes and should have " + std::to_string(manifest.base.size));
  return {};
}

// Files of ours that no manifest names: a base or a segment that was not complete when the process died.
Status remove_leftovers(FileSystem& files, const std::string& dir, const std::vector<std::string>& names,
                        OpenedDirectory& opened) {
  std::set<std::string> named;
  auto add = [&named](const Manifest& manifest) {
    for (std::string& name : manifest.file_names()) named.insert(std::move(name));
  };
  if (opened.current) add(*opened.current);
  for (const Manifest& manifest : opened.old_generations) add(manifest);
  for (const std::string& name : names) {
    const bool leftover = (sequence_of(name) && !named.contains(name)) || name == kBasePartName ||
                          name == kProbeName || name == std::string(kManifestName) + ".tmp" ||
                          (name.ends_with(".tmp") && generation_of(name.substr(0, name.size() - 4)));
    if (!leftover) continue;
    if (Status removed = files.remove(dir + "/" + name); !removed.ok()) return removed;
    opened.notes.push_back("removed " + dir + "/" + name + ", which was never completed");
  }
  // We hold the lock, so a directory that a redis-server of ours worked in is used by nobody.
  for (const std::string& path : ScratchDir::remove_leftovers(dir))
    opened.notes.push_back("removed " + path + ", where a compaction was interrupted");
  return {};
}

}  // namespace

Result<std::vector<std::string>> list_directory(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator it(dir, problem), end; !problem && it != end; it.increment(problem))
    names.push_back(it->path().filename().string());
  if (problem) return Error(ErrorCode::kIo, "cannot read the directory " + dir + ": " + problem.message());
  return names;
}

Result<OpenedDirectory> open_directory(FileSystem& files, const std::string& dir) {
  if (Status made = make_directory(files, dir); !made.ok()) return made.error();
  OpenedDirectory opened;
  auto lock = DirectoryLock::take(dir);
  if (!lock.ok()) return lock.error();
  opened.lock = std::move(lock).value();

  auto names = list_directory(dir);
  if (!names.ok()) return names.error();
  for (const std::string& name : names.value()) {
    if (const auto sequence = sequence_of(name))
      opened.next_sequence = std::max(opened.next_sequence, *sequence + 1);
  }
  auto current = read_manifest(dir + "/" + std::string(kManifestName));
  if (!current.ok()) return current.error();
  opened.current = std::move(current).value();

  const auto redo = read_redo(dir);
  if (!redo.ok()) return redo.error();
  std::vector<Cut> cuts;
  if (opened.current) {
    if (Status read = read_old_generations(files, dir, names.value(), opened); !read.ok())
      return read.error();
    if (Status checked = check_base(dir, *opened.current); !checked.ok()) return checked.error();
    if (Status checked = check_segments(dir, redo.value(), opened, cuts); !checked.ok())
      return checked.error();
  } else {
    // Without a manifest nothing may be taken for a leftover, except of a first sync that never ended:
    // then there is no generation, and no segment either, because a segment follows a listed base.
    for (const std::string& name : names.value()) {
      const auto sequence = sequence_of(name);
      if (generation_of(name) || (sequence && (*sequence != 1 || name != base_name(1))))
        return Error(ErrorCode::kInvalid,
                     dir + " has " + name + " but no " + std::string(kManifestName) +
                         "; put the manifest back or choose another directory for the journal");
    }
    // The next attempt's base has the same name again, for a start that finds it as unfinished as this one.
    opened.next_sequence = 1;
  }
  if (opened.redo != RedoUse::kNone) {
    if (Status written = write_redo(files, dir, *redo.value(), opened); !written.ok()) return written.error();
  }
  for (const Cut& cut : cuts) {
    auto file = files.open(cut.path);
    if (!file.ok()) return file.error();
    if (Status done = file.value()->truncate(cut.size); !done.ok()) return done.error();
    if (Status synced = file.value()->sync(); !synced.ok()) return synced.error();
    opened.notes.push_back(cut.note);
  }
  if (opened.last) {
    // What was read may still be only in memory: it counts as durable from here on.
    auto file = files.open(dir + "/" + segment_name(opened.last->header.sequence));
    if (!file.ok()) return file.error();
    if (Status synced = file.value()->sync(); !synced.ok()) return synced.error();
  }
  if (redo.value()) {
    if (Status forgotten = forget_redo(files, dir); !forgotten.ok()) return forgotten.error();
  }
  if (Status removed = remove_leftovers(files, dir, names.value(), opened); !removed.ok())
    return removed.error();
  if (Status synced = files.sync_dir(dir); !synced.ok()) return synced.error();
  return opened;
}

Status forget_redo(FileSystem& files, const std::string& dir) {
  if (Status removed = files.remove(dir + "/" + std::string(kRedoName)); !removed.ok()) return removed;
  return files.sync_dir(dir);
}

std::optional<Position> history_of_damaged(const std::string& dir) {
  const auto manifest = read_manifest(dir + "/" + std::string(kManifestName));
  std::optional<Position> position;
  std::vector<uint64_t> segments;
  if (manifest.ok() && manifest.value()) {
    position = Position{manifest.value()->base.replid, manifest.value()->base.offset};
    segments = manifest.value()->segments;
  } else if (const auto names = list_directory(dir); names.ok()) {
    // The segments say themselves what they belong to; a file of somebody else does not.
    for (const std::string& name : names.value()) {
      if (const auto sequence = sequence_of(name); sequence && name == segment_name(*sequence))
        segments.push_back(*sequence);
    }
    std::sort(segments.begin(), segments.end());
  }
  for (const uint64_t sequence : segments) {
    auto file = FileReader::open(dir + "/" + segment_name(sequence));
    uint32_t seed = 0;
    const auto header = file.ok() ? read_segment_header(*file.value(), seed, nullptr) : file.error();
    if (header.ok()) position = Position{header.value().replid, header.value().start};
  }
  return position;
}

}  // namespace holdfast::journal
