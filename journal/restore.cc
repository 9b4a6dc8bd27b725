#include "journal/restore.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "journal/crc32c.h"
#include "journal/durable_file.h"
#include "journal/file_reader.h"
#include "journal/manifest.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCopyBytes = 1u << 20;
constexpr int kAttempts = 5;
constexpr std::string_view kOutName = "appendonlydir";  // Redis's default for appenddirname

// Every file of one generation, open: retention cannot take them away any more.
struct Source {
  Manifest manifest;
  std::unique_ptr<FileReader> base;
  std::vector<std::unique_ptr<FileReader>> segments;
};

Result<Source> open_source(const std::string& dir) {
  std::error_code problem;
  if (!fs::is_directory(dir, problem))
    return Error(ErrorCode::kInvalid,
                 "there is no journal directory " + dir + "; name the one that Holdfast writes");
  Error lost(ErrorCode::kCorrupt, "");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto manifest = read_manifest(dir + "/" + std::string(kManifestName));
    if (!manifest.ok()) return manifest.error();
    if (!manifest.value()) {
      return Error(ErrorCode::kInvalid, dir + " is not a journal: it has no " + std::string(kManifestName) +
                                            "; name the directory that Holdfast writes");
    }
    Source source{std::move(*manifest.value()), nullptr, {}};
    bool missing = false;
    auto base = FileReader::open(dir + "/" + base_name(source.manifest.base.sequence), &missing);
    if (!base.ok() && !missing) return base.error();
    if (base.ok()) source.base = std::move(base).value();
    std::optional<Error> absent;
    if (missing) absent = base.error();
    for (const uint64_t sequence : source.manifest.segments) {
      auto segment = FileReader::open(dir + "/" + segment_name(sequence), &missing);
      if (!segment.ok() && !missing) return segment.error();
      if (segment.ok())
        source.segments.push_back(std::move(segment).value());
      else if (!absent)
        absent = segment.error();
    }
    if (!absent) return source;
    // The generation may have been replaced between the manifest and its files; then it names others.
    lost = Error(ErrorCode::kCorrupt, absent->message() + ", which the manifest names");
  }
  return lost;
}

// What this restore has made, removed again unless it is kept.
class Target {
 public:
  static Result<std::unique_ptr<Target>> create(const std::string& dir) {
    std::error_code problem;
    const bool exists = fs::exists(dir, problem);
    if (exists && (!fs::is_directory(dir, problem) || !fs::is_empty(dir, problem)))
      return Error(ErrorCode::kInvalid,
                   "the target " + dir + " is not empty; name a directory that is, or a new one");
    std::unique_ptr<Target> target(new Target(dir, !exists));
    fs::create_directories(target->files_dir(), problem);
    if (problem)
      return Error(ErrorCode::kIo, "cannot create " + target->files_dir() + ": " + problem.message());
    return target;
  }

  ~Target() {
    std::error_code problem;
    if (!kept_) fs::remove_all(made_dir_ ? dir_ : files_dir(), problem);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  std::string files_dir() const { return dir_ + "/" + std::string(kOutName); }

  Status keep() {
    FileSystem& files = FileSystem::real();
    std::error_code problem;
    const std::string parent = fs::absolute(dir_, problem).lexically_normal().parent_path().string();
    for (const std::string& dir : {files_dir(), dir_, parent.empty() ? std::string("/") : parent}) {
      if (Status synced = files.sync_dir(dir); !synced.ok()) return synced;
    }
    kept_ = true;
    return {};
  }

 private:
  Target(std::string dir, bool made_dir) : dir_(std::move(dir)), made_dir_(made_dir) {}

  std::string dir_;
  bool made_dir_;
  bool kept_ = false;
};

Status copy_base(const Source& source, const std::string& to, RestoreReport& report) {
  const Manifest::Base& facts = source.manifest.base;
  auto out = FileSystem::real().create(to);
  if (!out.ok()) return out.error();
  std::vector<char> buffer(kCopyBytes);
  uint64_t offset = 0;
  uint32_t crc = 0;
  while (true) {
    auto n = source.base->read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) break;
    crc = crc32c(crc, buffer.data(), n.value());
    offset += n.value();
    if (Status written = out.value()->append({buffer.data(), n.value()}); !written.ok()) return written;
  }
  if (offset != facts.size || crc != facts.crc) {
    return Error(ErrorCode::kCorrupt, source.base->path() + ": corrupt: its " + std::to_string(offset) +
                                          " bytes are not the " + std::to_string(facts.size) +
                                          " bytes that were written (the checksum is of the whole file)");
  }
  report.bytes += offset;
  return out.value()->sync();
}

// `start`: where the segment must begin; becomes where it ends.
Status copy_segment(const FileReader& segment, uint64_t stop_at, const Manifest& manifest,
                    const std::string& to, uint64_t& start, RestoreReport& report) {
  auto out = FileSystem::real().create(to);
  if (!out.ok()) return out.error();
  ScanOptions options;
  options.stop_at = stop_at;
  options.sink = [&out](std::string_view bytes) { return out.value()->append(bytes); };
  auto scan = scan_segment(segment, options);
  if (!scan.ok()) return scan.error();
  const SegmentScan& facts = scan.value();
  if (facts.header.start != start || facts.header.generation != manifest.generation) {
    return Error(ErrorCode::kCorrupt, segment.path() + ": corrupt at byte 0: it begins at offset " +
                                          std::to_string(facts.header.start) + " of generation " +
                                          std::to_string(facts.header.generation) + ", but offset " +
                                          std::to_string(start) + " of generation " +
                                          std::to_string(manifest.generation) + " is next");
  }
  // The last segment may end in a torn write; one that another follows may not, and no segment is in the
  // manifest before its first group is durable.
  const bool is_last = stop_at == ScanOptions().stop_at;
  if ((!is_last && facts.end != stop_at) || facts.groups == 0) {
    return Error(ErrorCode::kCorrupt, segment.path() + ": corrupt at byte " +
                                          std::to_string(facts.valid_bytes) +
                                          ": from here on groups are damaged or missing");
  }
  if (Status cut = out.value()->truncate(facts.valid_bytes); !cut.ok()) return cut;
  start = facts.end;
  report.bytes += facts.valid_bytes;
  report.segments += 1;
  report.groups += facts.groups;
  report.commands += facts.commands;
  report.torn_bytes = is_last ? facts.tail_bytes : 0;
  report.replid = facts.replid;
  report.time_ms = facts.time_ms;
  return out.value()->sync();
}

// A stock manifest: what Redis makes of the directory from here on is its own business.
std::string stock_manifest(const Manifest& manifest) {
  std::string text = "file " + base_name(manifest.base.sequence) + " seq " +
                     std::to_string(manifest.base.sequence) + " type b\n";
  for (const uint64_t sequence : manifest.segments)
    text += "file " + segment_name(sequence) + " seq " + std::to_string(sequence) + " type i\n";
  return text;
}

}  // namespace

Result<RestoreReport> restore_latest(const std::string& journal_dir, const std::string& out_dir) {
  auto opened = open_source(journal_dir);
  if (!opened.ok()) return opened.error();
  const Source& source = opened.value();
  auto target = Target::create(out_dir);
  if (!target.ok()) return target.error();
  const std::string to = target.value()->files_dir();

  RestoreReport report;
  report.generation = source.manifest.generation;
  report.replid = source.manifest.base.replid;
  report.time_ms = source.manifest.base.time_ms;
  if (Status copied = copy_base(source, to + "/" + base_name(source.manifest.base.sequence), report);
      !copied.ok())
    return copied.error();

  uint64_t offset = source.manifest.base.offset;
  for (size_t i = 0; i < source.segments.size(); ++i) {
    uint64_t stop_at = ScanOptions().stop_at;
    if (i + 1 < source.segments.size()) {
      uint32_t seed = 0;
      auto next = read_segment_header(*source.segments[i + 1], seed, nullptr);
      if (!next.ok()) return next.error();
      stop_at = next.value().start;
    }
    const std::string name = segment_name(source.manifest.segments[i]);
    Status copied =
        copy_segment(*source.segments[i], stop_at, source.manifest, to + "/" + name, offset, report);
    if (!copied.ok()) return copied.error();
  }
  report.offset = offset;

  Status done =
      replace_file(FileSystem::real(), to, std::string(kManifestName), stock_manifest(source.manifest));
  if (done.ok()) done = target.value()->keep();
  if (!done.ok()) return done.error();
  return report;
}

}  // namespace holdfast::journal
