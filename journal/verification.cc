#include "journal/verification.h"

#include <algorithm>
#include <set>

#include "journal/crc32c.h"
#include "journal/directory.h"
#include "journal/rdb_checksum.h"
#include "journal/segment_file.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kPieceBytes = 1u << 20;

using Progress = std::function<Status(uint64_t)>;

class Verifier {
 public:
  Verifier(const Archive& archive, const Progress& progress) : archive_(archive), progress_(progress) {}

  Status generation(uint64_t number);
  Status note_strangers();
  VerificationReport take_report() { return std::move(report_); }

 private:
  Status base(const OpenGeneration::Base& base);
  Status segment(const OpenGeneration& generation, size_t index);
  Status replaced(const FileReader& file);
  void tail(const FileReader& file, const SegmentScan& scan, bool is_last, bool is_current);
  void add(const Finding& finding) { report_.damage.push_back(finding); }

  const Archive& archive_;
  const Progress& progress_;
  VerificationReport report_;
};

// What an Error of the other rooms says, with the file and byte taken out of its sentence.
Finding finding_of(const Error& error) {
  Finding finding;
  finding.what = error.message();
  const size_t mark = finding.what.find(": corrupt");
  finding.file = finding.what.substr(0, mark);
  if (mark == std::string::npos) return finding;
  const std::string words = ": corrupt at byte ";
  if (finding.what.compare(mark, words.size(), words) == 0)
    finding.byte = std::strtoull(finding.what.c_str() + mark + words.size(), nullptr, 10);
  return finding;
}

Status Verifier::base(const OpenGeneration::Base& base) {
  if (base.damage) add(finding_of(*base.damage));
  if (!base.file) return {};
  report_.files += 1;
  std::vector<char> buffer(std::clamp<uint64_t>(base.file->size(), 1, kPieceBytes));
  RdbChecksum rdb;
  uint64_t offset = 0;
  uint32_t crc = 0;
  while (true) {
    auto n = base.file->read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) break;
    const std::string_view bytes(buffer.data(), n.value());
    crc = crc32c(crc, bytes);
    rdb.feed(bytes);
    offset += n.value();
    if (Status shown = progress_ ? progress_(n.value()) : Status(); !shown.ok()) return shown;
  }
  report_.bytes += offset;
  if (base.damage) return {};
  const std::string& path = base.file->path();
  if (crc != base.facts.crc) {
    add({path, 0, std::nullopt, path + ": corrupt: the checksum of the whole file does not match", {}, {}});
    return {};
  }
  std::string problem;
  switch (rdb.finish(problem)) {
    case RdbChecksum::Verdict::kRight:
      break;
    case RdbChecksum::Verdict::kNone:
      report_.remarks.push_back(path + " has no checksum of Redis's own (rdbchecksum no there)");
      break;
    case RdbChecksum::Verdict::kWrong:
    case RdbChecksum::Verdict::kNotAnRdb:
      add({path,
           offset > 8 ? offset - 8 : 0,
           std::nullopt,
           path + ": corrupt: " + problem + ", although these are the bytes that were received",
           {},
           {}});
  }
  return {};
}

void Verifier::tail(const FileReader& file, const SegmentScan& scan, bool is_last, bool is_current) {
  const std::string bytes = std::to_string(scan.tail_bytes) + " bytes";
  if (scan.tail == Tail::kExcess) {
    report_.remarks.push_back(file.path() + ": the last " + bytes +
                              " are what a failed write left; the next segment has what belongs there");
  } else if (scan.tail == Tail::kInterrupted && is_last && is_current) {
    report_.remarks.push_back(file.path() + ": the last " + bytes +
                              " are the beginning of a group that is being written, or never was finished");
  } else if (scan.tail == Tail::kInterrupted || scan.tail == Tail::kDamaged) {
    const std::string why = scan.tail == Tail::kDamaged ? scan.tail_problem : "the file ends inside a group";
    add({file.path(), scan.valid_bytes, std::nullopt,
         file.path() + ": corrupt at byte " + std::to_string(scan.valid_bytes) + ": " + why +
             "; these last " + bytes + " are damage" +
             (is_last && is_current ? ", or what a power cut left of a write that was never acknowledged"
                                    : ""),
         scan.end, std::nullopt});
  }
}

// Its end is right because of the redo log; but whoever reads the file alone sees something else.
Status Verifier::replaced(const FileReader& file) {
  const auto redo = read_redo(archive_.dir);
  if (!redo.ok()) return redo.error();
  if (!redo.value()) return {};  // a Holdfast that has just started has written it
  const auto changed = first_changed_byte(file, *redo.value());
  if (!changed.ok()) return changed.error();
  const std::string mends =
      "; " + std::string(kRedoName) + " has what belongs there, and the next start of Holdfast writes it";
  if (changed.value()) {
    add({file.path(),
         *changed.value(),
         redo.value()->end(),
         file.path() + ": corrupt at byte " + std::to_string(*changed.value()) +
             ": it is not what was written" + mends,
         {},
         {}});
  } else {
    report_.remarks.push_back(file.path() + " lacks bytes behind byte " +
                              std::to_string(redo.value()->place.from) + ", as after a power cut" + mends);
  }
  return {};
}

Status Verifier::segment(const OpenGeneration& generation, size_t index) {
  const OpenGeneration::Segment& segment = generation.segments[index];
  const FileReader& file = *segment.file;
  report_.files += 1;
  report_.bytes += file.size();
  if (Status looked = file.is_replaced() ? replaced(file) : Status(); !looked.ok()) return looked;
  bool has_damage = false;
  ScanOptions options;
  options.stop_at = segment.stop_at;
  options.progress = progress_;
  options.damage = [&](const Damage& damage) {
    has_damage = true;
    add({file.path(), damage.file_from, damage.file_end,
         file.path() + ": corrupt at byte " + std::to_string(damage.file_from) + ": " + damage.problem +
             "; the groups from byte " + std::to_string(damage.file_end) + " on are whole",
         damage.offset_from, damage.offset_end});
  };
  auto scan = scan_segment(file, options);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kCorrupt) return scan.error();
    add(finding_of(scan.error()));
    return {};
  }
  const SegmentScan& facts = scan.value();
  report_.groups += facts.groups;
  report_.commands += facts.commands - facts.own;
  const bool is_last = index + 1 == generation.segments.size() && !generation.damage;
  const uint64_t end =
      is_last && generation.manifest.closed ? generation.manifest.closed->offset : segment.stop_at;
  const size_t before = report_.damage.size();
  tail(file, facts, is_last, generation.is_current);
  const bool is_short = end != ScanOptions().stop_at ? facts.end < end : facts.groups == 0;
  if (is_short && !has_damage && report_.damage.size() == before) {
    add({file.path(), facts.valid_bytes, std::nullopt,
         file.path() + ": corrupt at byte " + std::to_string(facts.valid_bytes) + ": it ends at offset " +
             std::to_string(facts.end) + ", and groups up to " +
             (end == ScanOptions().stop_at ? "at least the next one" : std::to_string(end)) + " are missing",
         facts.end, end == ScanOptions().stop_at ? std::optional<uint64_t>() : end});
  }
  return {};
}

Status Verifier::generation(uint64_t number) {
  auto opened = open_generation(archive_.dir, number);
  if (!opened.ok()) {
    // Retention may have taken it since the directory was read.
    if (opened.error().code() != ErrorCode::kInvalid) return opened.error();
    report_.remarks.push_back(opened.error().message());
    return {};
  }
  const OpenGeneration& generation = opened.value();
  report_.generations += 1;
  report_.files += 1;  // the manifest
  for (const OpenGeneration::Base& one : generation.bases) {
    if (Status done = base(one); !done.ok()) return done;
  }
  for (size_t i = 0; i < generation.segments.size(); ++i) {
    if (Status done = segment(generation, i); !done.ok()) return done;
  }
  if (generation.damage) add(finding_of(*generation.damage));
  return {};
}

// Files that no manifest names mean nothing, but a person may wonder.
Status Verifier::note_strangers() {
  auto archive = read_archive(archive_.dir);
  auto names = list_directory(archive_.dir);
  if (!archive.ok()) return archive.error();
  if (!names.ok()) return names.error();
  std::set<std::string> known;
  uint64_t newest = 0;
  for (const Generation& generation : archive.value().generations) {
    for (const std::string& name : generation.manifest.file_names()) {
      known.insert(name);
      newest = std::max(newest, sequence_of(name).value_or(0));
    }
  }
  for (const std::string& name : names.value()) {
    const auto sequence = sequence_of(name);
    // A newer one is just being written, and will be named.
    if (sequence && !known.contains(name) && *sequence < newest && archive.value().damaged.empty())
      report_.remarks.push_back(archive_.dir + "/" + name + " is in no manifest; nothing reads it");
  }
  return {};
}

}  // namespace

Result<VerificationReport> verify_journal(const Archive& archive, std::optional<uint64_t> only,
                                          const Progress& progress) {
  if (only && archive.find(*only) == nullptr) return no_such_generation(archive, *only);
  Verifier verifier(archive, progress);
  for (const Generation& generation : archive.generations) {
    if (only && generation.number() != *only) continue;
    if (Status done = verifier.generation(generation.number()); !done.ok()) return done.error();
  }
  if (Status noted = only ? Status() : verifier.note_strangers(); !noted.ok()) return noted.error();
  VerificationReport report = verifier.take_report();
  if (only) return report;
  for (const Error& error : archive.damaged) {
    const std::string& text = error.message();
    report.damage.push_back({text.substr(0, text.find(": ")), 0, {}, text, {}, {}});
  }
  return report;
}

}  // namespace holdfast::journal
