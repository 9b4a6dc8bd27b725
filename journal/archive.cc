#include "journal/archive.h"

#include <algorithm>
#include <filesystem>

#include "journal/directory.h"
#include "journal/segment_file.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 5;

std::string path_of(const std::string& dir, std::string_view name) {
  return dir + "/" + std::string(name);
}

// A directory without the manifest: whatever it is, in one sentence.
Error no_manifest(const std::string& dir) {
  const std::string name(kManifestName);
  const auto names = list_directory(dir);
  for (const std::string& file : names.ok() ? names.value() : std::vector<std::string>()) {
    if (!sequence_of(file)) continue;
    return Error(ErrorCode::kInvalid,
                 dir + " has files of a journal but no " + name +
                     ": it is half a copy, or none of Holdfast's; copy that file too, before "
                     "the others");
  }
  return Error(ErrorCode::kInvalid,
               dir + " is not a journal: it has no " + name + "; name the directory that Holdfast writes");
}

// The generation's manifest, wherever it is now: a full resync moves it from one name to the other.
Result<std::optional<Manifest>> find_manifest(const std::string& dir, uint64_t number, bool& is_current) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto current = read_current_manifest(dir);
    if (!current.ok()) return current.error();
    is_current = current.value().generation == number;
    if (is_current) return std::optional(std::move(current).value());
    auto old = read_manifest(path_of(dir, generation_name(number)));
    if (!old.ok() || old.value()) return old;
  }
  return std::optional<Manifest>();
}

Error unfit(const FileReader& file, const std::string& what) {
  return Error(ErrorCode::kCorrupt, file.path() + ": corrupt at byte 0: " + what);
}

// Reads the header and finds out whether this segment belongs behind the one before, or behind a base.
Status take_segment(OpenGeneration& opened, std::unique_ptr<FileReader> file, uint64_t sequence) {
  OpenGeneration::Segment segment;
  uint32_t seed = 0;
  auto header = read_segment_header(*file, seed, &segment.header_bytes);
  if (!header.ok()) return header.error();
  segment.header = std::move(header).value();
  const uint64_t generation = opened.manifest.generation;
  if (segment.header.sequence != sequence || segment.header.generation != generation) {
    return unfit(*file, "its header says that it is segment " + std::to_string(segment.header.sequence) +
                            " of generation " + std::to_string(segment.header.generation) + ", not segment " +
                            std::to_string(sequence) + " of generation " + std::to_string(generation));
  }
  const OpenGeneration::Base& base = opened.bases.back();
  const bool is_behind_base = base.first_segment == opened.segments.size();
  const uint64_t start = segment.header.start;
  if (is_behind_base ? start != base.facts.offset : start <= opened.segments.back().header.start) {
    return unfit(*file, "it begins at offset " + std::to_string(start) + ", but " +
                            (is_behind_base ? "the base ends at " + std::to_string(base.facts.offset)
                                            : "the segment before it begins at " +
                                                  std::to_string(opened.segments.back().header.start)));
  }
  if (!opened.segments.empty()) opened.segments.back().stop_at = start;
  segment.file = std::move(file);
  opened.segments.push_back(std::move(segment));
  return {};
}

Error missing_file(const std::string& path, const Error& error, bool missing) {
  if (!missing) return error;
  return Error(ErrorCode::kCorrupt, path + " is missing, although the manifest names it");
}

void open_base(const std::string& dir, const Manifest::Base& facts, OpenGeneration& opened, bool& missing) {
  OpenGeneration::Base base;
  base.facts = facts;
  base.first_segment = opened.segments.size();
  const std::string path = path_of(dir, base_name(facts.sequence));
  auto file = FileReader::open(path, &missing);
  if (!file.ok()) {
    base.damage = missing_file(path, file.error(), missing);
  } else {
    base.file = std::move(file).value();
    if (base.file->size() != facts.size) {
      base.damage = Error(ErrorCode::kCorrupt, base.file->path() + ": corrupt: it has " +
                                                   std::to_string(base.file->size()) +
                                                   " bytes and should have " + std::to_string(facts.size));
    }
  }
  opened.bases.push_back(std::move(base));
}

// False: a file is not there, which may be because the manifest has been replaced meanwhile.
bool open_files(const std::string& dir, const std::optional<Redo>& redo, OpenGeneration& opened) {
  bool all_there = true;
  bool missing = false;
  for (const Manifest::Stretch& stretch : opened.manifest.stretches()) {
    open_base(dir, stretch.base, opened, missing);
    all_there = all_there && !missing;
    for (const uint64_t sequence : stretch.segments) {
      if (opened.damage) break;  // nothing behind it can be joined to what is before it
      const std::string path = path_of(dir, segment_name(sequence));
      auto file = open_segment(dir, sequence, redo, &missing);
      all_there = all_there && !missing;
      const Status taken = file.ok() ? take_segment(opened, std::move(file).value(), sequence)
                                     : Status(missing_file(path, file.error(), missing));
      if (!taken.ok()) opened.damage = taken.error();
    }
  }
  return all_there;
}

}  // namespace

const Manifest::Base& Generation::first_base() const {
  return manifest.earlier.empty() ? manifest.base : manifest.earlier.front().base;
}

const Generation* Archive::find(uint64_t number) const {
  for (const Generation& generation : generations) {
    if (generation.number() == number) return &generation;
  }
  return nullptr;
}

std::string Archive::extent() const {
  const std::string first = std::to_string(generations.front().number());
  if (generations.size() == 1) return "generation " + first;
  return "generations " + first + " to " + std::to_string(generations.back().number());
}

Error no_such_generation(const Archive& archive, uint64_t number) {
  return Error(ErrorCode::kInvalid,
               archive.dir + " has no generation " + std::to_string(number) + "; it has " + archive.extent());
}

Result<Manifest> read_current_manifest(const std::string& dir) {
  std::error_code problem;
  if (!fs::is_directory(dir, problem)) {
    return Error(ErrorCode::kInvalid,
                 "there is no journal directory " + dir + "; name the one that Holdfast writes");
  }
  auto manifest = read_manifest(path_of(dir, kManifestName));
  if (!manifest.ok()) return manifest.error();
  if (!manifest.value()) return no_manifest(dir);
  return std::move(*manifest.value());
}

Result<Archive> read_archive(const std::string& dir) {
  // The current one is read first: one that is replaced in between is then found under its other name.
  auto current = read_current_manifest(dir);
  if (!current.ok()) return current.error();
  auto names = list_directory(dir);
  if (!names.ok()) return names.error();

  Archive archive;
  archive.dir = dir;
  for (const std::string& name : names.value()) {
    const auto number = generation_of(name);
    if (!number || *number == current.value().generation) continue;
    auto manifest = read_manifest(path_of(dir, name));
    if (!manifest.ok())
      archive.damaged.push_back(manifest.error());
    else if (manifest.value())
      archive.generations.push_back({std::move(*manifest.value()), false});
  }
  archive.generations.push_back({std::move(current).value(), true});
  std::sort(archive.generations.begin(), archive.generations.end(),
            [](const Generation& a, const Generation& b) { return a.number() < b.number(); });
  return archive;
}

uint64_t OpenGeneration::bytes() const {
  uint64_t sum = 0;
  for (const Base& base : bases) sum += base.file ? base.file->size() : 0;
  for (const Segment& segment : segments) sum += segment.file->size();
  return sum;
}

Result<OpenGeneration> open_generation(const std::string& dir, uint64_t number) {
  OpenGeneration opened;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    opened = OpenGeneration();
    auto manifest = find_manifest(dir, number, opened.is_current);
    if (!manifest.ok()) return manifest.error();
    if (!manifest.value()) {
      return Error(ErrorCode::kInvalid,
                   dir + " has no generation " + std::to_string(number) + " any more; retention removed it");
    }
    opened.manifest = std::move(*manifest.value());
    auto redo = read_redo(dir);
    if (!redo.ok()) return redo.error();
    if (open_files(dir, redo.value(), opened)) break;
  }
  return opened;
}

Status check_newest(const std::string& dir) {
  auto manifest = read_current_manifest(dir);
  if (!manifest.ok()) return manifest.error();
  const auto generation = open_generation(dir, manifest.value().generation);
  if (!generation.ok()) return generation.error();
  if (const auto& damage = generation.value().bases.back().damage) return *damage;
  if (const auto& damage = generation.value().damage) return *damage;
  return {};
}

}  // namespace holdfast::journal
