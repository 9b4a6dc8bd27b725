#include "journal/restore.h"

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "journal/command_reader.h"
#include "journal/copied_file.h"
#include "journal/crc32c.h"
#include "journal/cut_finder.h"
#include "journal/durable_file.h"
#include "journal/restore_target.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kCopyBytes = 1u << 20;

using Progress = std::function<Status(uint64_t)>;

Status copy_base(const Cut& cut, const std::string& to, const Progress& progress, RestoreReport& report) {
  const FileReader& base = *cut.from().file;
  const Manifest::Base& facts = cut.from().facts;
  auto out = CopiedFile::create(to, base);
  if (!out.ok()) return out.error();
  std::vector<char> buffer(std::clamp<uint64_t>(base.size(), 1, kCopyBytes));
  uint64_t offset = 0;
  uint32_t crc = 0;
  while (true) {
    auto n = base.read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) break;
    crc = crc32c(crc, buffer.data(), n.value());
    offset += n.value();
    if (Status written = out.value()->append({buffer.data(), n.value()}); !written.ok()) return written;
    if (Status shown = progress ? progress(n.value()) : Status(); !shown.ok()) return shown;
  }
  if (offset != facts.size || crc != facts.crc) {
    return Error(ErrorCode::kCorrupt, base.path() + ": corrupt: its " + std::to_string(offset) +
                                          " bytes are not the " + std::to_string(facts.size) +
                                          " bytes that were written (the checksum is of the whole file)");
  }
  report.bytes += offset;
  return out.value()->finish(offset);
}

// The groups before the cut, and the beginning of the one that it lies in.
class SegmentCopy {
 public:
  SegmentCopy(const Cut& cut, size_t index, const Progress& progress)
      : cut_(cut),
        segment_(cut.generation.segments[index]),
        is_last_(index + 1 == cut.segments_end),
        progress_(progress) {}

  Status run(const std::string& to, RestoreReport& report);

 private:
  Result<bool> take(const ScannedGroup& group);
  Status count_commands(const ScannedGroup& group);

  const Cut& cut_;
  const OpenGeneration::Segment& segment_;
  const bool is_last_;
  const Progress& progress_;
  uint64_t file_end_ = 0;
  uint64_t reached_ = 0;  // replication offset
  uint64_t groups_ = 0;
  uint64_t commands_ = 0;
  int64_t time_ms_ = 0;
  std::string replid_;
};

Result<bool> SegmentCopy::take(const ScannedGroup& group) {
  if (group.record.end <= cut_.offset) {
    file_end_ = group.file_end;
    reached_ = group.record.end;
    time_ms_ = group.record.time_ms;
    replid_ = group.replid;
    groups_ += 1;
    commands_ += group.commands - group.own;
    return true;
  }
  if (group.start < cut_.offset) {
    file_end_ = group.file_from + (cut_.offset - group.start);
    reached_ = cut_.offset;
    time_ms_ = group.record.time_ms;
    replid_ = group.replid;
    if (Status counted = count_commands(group); !counted.ok()) return counted.error();
  }
  return false;
}

Status SegmentCopy::count_commands(const ScannedGroup& group) {
  CommandReader reader(*segment_.file);
  reader.begin(group);
  StreamCommand command;
  while (true) {
    auto more = reader.next(command);
    if (!more.ok()) return more.error();
    if (!more.value() || command.end > cut_.offset) return {};
    commands_ += command.is_own ? 0 : 1;
  }
}

Status SegmentCopy::run(const std::string& to, RestoreReport& report) {
  auto out = CopiedFile::create(to, *segment_.file);
  if (!out.ok()) return out.error();
  ScanOptions options;
  options.stop_at = segment_.stop_at;
  options.sink = [&out](std::string_view bytes) { return out.value()->append(bytes); };
  options.progress = progress_;
  options.group = [this](const ScannedGroup& group) { return take(group); };
  auto scan = scan_segment(*segment_.file, options);
  const uint64_t wanted = is_last_ ? cut_.offset : segment_.stop_at;
  // Damage behind the cut is none of this restore.
  const bool is_behind = !scan.ok() && scan.error().code() == ErrorCode::kCorrupt && reached_ == wanted;
  if (!scan.ok() && !is_behind) return damaged(scan.error());
  if (reached_ != wanted) {
    const SegmentScan& facts = scan.value();
    return damaged(Error(ErrorCode::kCorrupt,
                         segment_.file->path() + ": corrupt at byte " + std::to_string(facts.valid_bytes) +
                             ": " +
                             (facts.tail == Tail::kDamaged ? facts.tail_problem
                                                           : "from here on groups are damaged or missing")));
  }
  report.bytes += file_end_;
  report.segments += 1;
  report.groups += groups_;
  report.commands += commands_;
  report.replid = replid_;
  report.time_ms = time_ms_;
  return out.value()->finish(file_end_);
}

std::string base_line(uint64_t sequence) {
  return "file " + base_name(sequence) + " seq " + std::to_string(sequence) + " type b\n";
}

// A stock manifest: what Redis makes of the directory from here on is its own business.
std::string stock_manifest(const Cut& cut) {
  std::string text = base_line(cut.from().facts.sequence);
  for (size_t i = cut.from().first_segment; i < cut.segments_end; ++i) {
    const uint64_t sequence = cut.generation.segments[i].header.sequence;
    text += "file " + segment_name(sequence) + " seq " + std::to_string(sequence) + " type i\n";
  }
  return text;
}

}  // namespace

Status write_base_manifest(const std::string& files_dir, uint64_t base_sequence) {
  return replace_file(FileSystem::real(), files_dir, std::string(kManifestName), base_line(base_sequence));
}

Result<RestoreReport> write_restored_files(const Cut& cut, const std::string& files_dir,
                                           const Progress& progress) {
  const Manifest::Base& base = cut.from().facts;
  RestoreReport report;
  report.replid = base.replid;
  report.time_ms = base.time_ms;
  report.offset = cut.offset;
  Status done = copy_base(cut, files_dir + "/" + base_name(base.sequence), progress, report);
  for (size_t i = cut.from().first_segment; done.ok() && i < cut.segments_end; ++i) {
    const std::string name = segment_name(cut.generation.segments[i].header.sequence);
    done = SegmentCopy(cut, i, progress).run(files_dir + "/" + name, report);
  }
  if (done.ok())
    done = replace_file(FileSystem::real(), files_dir, std::string(kManifestName), stock_manifest(cut));
  if (!done.ok()) return done.error();
  return report;
}

Result<RestoreReport> write_restore(const Cut& cut, const std::string& out_dir, const Progress& progress) {
  auto target = RestoreTarget::create(out_dir);
  if (!target.ok()) return target.error();
  auto report = write_restored_files(cut, target.value()->files_dir(), progress);
  if (!report.ok()) return report;
  if (Status kept = target.value()->keep(); !kept.ok()) return kept.error();
  return report;
}

Result<RestoreReport> restore_latest(const std::string& journal_dir, const std::string& out_dir) {
  auto archive = read_archive(journal_dir);
  if (!archive.ok()) return archive.error();
  CutRequest request;
  request.unread_end = true;
  request.now_ms = unix_ms();
  auto cut = find_cut(archive.value(), request);
  if (!cut.ok()) return cut.error();
  return write_restore(cut.value(), out_dir);
}

}  // namespace holdfast::journal
