#include "journal/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "journal/crc32c.h"
#include "journal/segment_search.h"
#include "journal/stream_words.h"
#include "resp/command_framer.h"

namespace holdfast::journal {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr std::string_view kGroupWords = "#HF group ";

Error corrupt(const FileReader& file, uint64_t offset, const std::string& what) {
  return Error(ErrorCode::kCorrupt,
               file.path() + ": corrupt at byte " + std::to_string(offset) + ": " + what);
}

class Scanner {
 public:
  Scanner(const FileReader& file, const ScanOptions& options)
      : file_(file),
        options_(options),
        // Room for at least two lines; no more than the file needs.
        buffer_(std::clamp<uint64_t>(file.size(), 2 * kLineBytesMax, kBufferBytes)) {}

  Result<SegmentScan> run();

 private:
  enum class Step { kContinue, kStop, kBroken, kRefused };

  Status begin();
  Result<bool> refill();  // false at the end of the file
  Step take_commands();
  Step take_line(std::string_view line);
  Step take_group(const GroupRecord& record, size_t line_bytes);
  void close_group();
  Result<bool> go_on_behind_damage();
  Result<SegmentScan> finish(Tail tail);

  std::string_view window() const { return {buffer_.data() + from_, to_ - from_}; }
  uint64_t offset() const { return buffer_offset_ + from_; }

  const FileReader& file_;
  const ScanOptions& options_;
  SegmentScan scan_;
  resp::CommandFramer framer_;
  uint32_t crc_ = 0;           // of the open group so far
  uint64_t group_length_ = 0;  // of the open group so far
  uint64_t group_commands_ = 0;
  uint64_t group_own_ = 0;
  std::string problem_;         // why the scan broke off
  Tail stopped_ = Tail::kNone;  // kStop: why
  Status refusal_;              // kRefused: what a callback said

  std::vector<char> buffer_;
  uint64_t buffer_offset_ = 0;  // in the file, of buffer_[0]
  size_t from_ = 0;
  size_t to_ = 0;
};

Result<bool> Scanner::refill() {
  std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
  buffer_offset_ += from_;
  to_ -= from_;
  from_ = 0;
  auto n = file_.read_at(buffer_offset_ + to_, buffer_.data() + to_, buffer_.size() - to_);
  if (!n.ok()) return n.error();
  if (options_.sink && n.value() > 0) {
    if (Status taken = options_.sink({buffer_.data() + to_, n.value()}); !taken.ok()) return taken.error();
  }
  if (options_.progress && n.value() > 0) {
    if (Status shown = options_.progress(n.value()); !shown.ok()) return shown.error();
  }
  to_ += n.value();
  return n.value() > 0;
}

// Takes whole commands and the piece of one, up to a '#' or the end of the window.
Scanner::Step Scanner::take_commands() {
  const std::string_view bytes = window();
  size_t at = 0;
  Step step = Step::kContinue;
  while (at < bytes.size()) {
    // Only a command may begin here: a loader knows no blank lines.
    if (framer_.at_boundary() && bytes[at] != '*') {
      if (bytes[at] != '#') step = Step::kBroken;
      break;
    }
    size_t consumed = 0;
    const auto outcome = framer_.feed(bytes.data() + at, bytes.size() - at, consumed);
    at += consumed;
    if (outcome == resp::CommandFramer::Outcome::kError) {
      step = Step::kBroken;
      break;
    }
    if (outcome == resp::CommandFramer::Outcome::kCommand) {
      ++group_commands_;
      group_own_ += is_own_word(framer_.head()) ? 1 : 0;
    }
  }
  if (step == Step::kBroken) problem_ = "these bytes are not a command";
  crc_ = crc32c(crc_, bytes.data(), at);
  if (options_.stream && at > 0) {
    refusal_ = options_.stream(scan_.end + group_length_, bytes.substr(0, at));
    if (!refusal_.ok()) return Step::kRefused;
  }
  group_length_ += at;
  from_ += at;
  return step;
}

Scanner::Step Scanner::take_group(const GroupRecord& record, size_t line_bytes) {
  if (record.length != group_length_ || record.end != scan_.end + group_length_) {
    problem_ = "the offsets of the group do not continue the ones before";
    return Step::kBroken;
  }
  if (record.end > options_.stop_at) {
    problem_ =
        "the group runs past offset " + std::to_string(options_.stop_at) + ", where the next segment begins";
    return Step::kBroken;
  }
  if (options_.group) {
    const auto wanted = options_.group({scan_.end, offset() - group_length_, offset() + line_bytes, scan_.db,
                                        record, scan_.replid, group_commands_, group_own_});
    if (!wanted.ok()) {
      refusal_ = wanted.error();
      return Step::kRefused;
    }
    if (!wanted.value()) {
      stopped_ = Tail::kLeftOut;
      return Step::kStop;
    }
  }
  scan_.end = record.end;
  scan_.db = record.db;
  scan_.time_ms = record.time_ms;
  scan_.groups += 1;
  scan_.commands += group_commands_;
  scan_.own += group_own_;
  return Step::kContinue;
}

void Scanner::close_group() {
  crc_ = scan_.seed;
  group_length_ = 0;
  group_commands_ = 0;
  group_own_ = 0;
}

Scanner::Step Scanner::take_line(std::string_view line) {
  const LineKind kind = line_kind(line);
  if (kind == LineKind::kGroup) {
    const auto record = parse_group(line, crc_);
    if (!record.ok()) {
      problem_ = record.error().message();
      return Step::kBroken;
    }
    if (const Step step = take_group(record.value(), line.size()); step != Step::kContinue) return step;
  } else if (kind == LineKind::kId) {
    const auto record = parse_id(line, scan_.seed);
    if (!record.ok() || record.value().from != scan_.end || group_length_ != 0) {
      problem_ = record.ok() ? "an id record stands in the wrong place" : record.error().message();
      return Step::kBroken;
    }
    scan_.replid = record.value().replid;
  } else {
    problem_ = "an unknown annotation line";
    return Step::kBroken;
  }
  close_group();
  from_ += line.size();
  scan_.valid_bytes = offset();
  if (scan_.end != options_.stop_at || kind != LineKind::kGroup) return Step::kContinue;
  stopped_ = Tail::kExcess;
  return Step::kStop;
}

Status Scanner::begin() {
  if (options_.resume != nullptr) {
    scan_ = *options_.resume;
    buffer_offset_ = scan_.valid_bytes;
    close_group();
    return {};
  }
  uint64_t header_bytes = 0;
  auto header = read_segment_header(file_, scan_.seed, &header_bytes);
  if (!header.ok()) return header.error();
  scan_.header = std::move(header).value();
  scan_.end = scan_.header.start;
  scan_.replid = scan_.header.replid;
  scan_.db = scan_.header.db;
  scan_.time_ms = scan_.header.time_ms;
  scan_.valid_bytes = header_bytes;
  close_group();
  if (auto first = refill(); !first.ok()) return first.error();
  from_ = static_cast<size_t>(header_bytes);
  return {};
}

Result<SegmentScan> Scanner::run() {
  if (Status begun = begin(); !begun.ok()) return begun.error();
  while (true) {
    Step step = take_commands();
    if (step == Step::kContinue) {
      const size_t newline =
          framer_.at_boundary() ? window().substr(0, kLineBytesMax).find('\n') : std::string_view::npos;
      if (newline != std::string_view::npos) {
        step = take_line(window().substr(0, newline + 1));
        if (step == Step::kContinue) continue;
      } else if (framer_.at_boundary() && window().size() >= kLineBytesMax) {
        problem_ = "an annotation line that does not end";
        step = Step::kBroken;
      }
    }
    if (step == Step::kRefused) return refusal_.error();
    if (step == Step::kStop) return finish(stopped_);
    bool interrupted = false;
    if (step == Step::kContinue) {
      const auto more = refill();
      if (!more.ok()) return more.error();
      if (more.value()) continue;
      if (scan_.valid_bytes == file_.size()) return finish(Tail::kNone);
      problem_ = "the file ends inside a group";
      interrupted = may_go_on_as_a_record(window(), scan_.end + group_length_, group_length_);
    }
    const bool whole = ends_in_a_fitting_record(file_, scan_.valid_bytes, scan_.end);
    const auto goes_on = go_on_behind_damage();
    if (!goes_on.ok()) return goes_on.error();
    if (!goes_on.value()) return finish(interrupted && !whole ? Tail::kInterrupted : Tail::kDamaged);
  }
}

// The bytes after the last valid record are not a group. Does one follow? Then this is damage.
Result<bool> Scanner::go_on_behind_damage() {
  auto later = find_group_after(file_, scan_.valid_bytes, scan_.end, scan_.seed);
  if (!later.ok()) return later.error();
  if (!later.value()) return false;
  const FoundGroup& found = *later.value();
  if (!options_.damage) {
    return corrupt(file_, scan_.valid_bytes,
                   problem_ + "; a valid record follows at byte " + std::to_string(found.line_at) +
                       ", so this is damage and not an interrupted write");
  }
  options_.damage({scan_.valid_bytes, found.line_at - found.record.length, scan_.end,
                   found.record.end - found.record.length, problem_});
  framer_ = resp::CommandFramer();
  close_group();
  scan_.end = found.record.end;
  scan_.db = found.record.db;
  scan_.time_ms = found.record.time_ms;
  scan_.groups += 1;
  scan_.valid_bytes = found.line_at + found.line_bytes;
  buffer_offset_ = scan_.valid_bytes;
  from_ = to_ = 0;
  return true;
}

Result<SegmentScan> Scanner::finish(Tail tail) {
  if (tail != Tail::kNone && tail != Tail::kExcess && tail != Tail::kLeftOut && options_.sink) {
    for (from_ = to_; true; from_ = to_) {  // the sink has a right to the whole file
      const auto more = refill();
      if (!more.ok()) return more.error();
      if (!more.value()) break;
    }
  }
  scan_.tail_bytes = file_.size() - scan_.valid_bytes;
  scan_.tail = scan_.tail_bytes > 0 ? tail : Tail::kNone;
  if (scan_.tail == Tail::kDamaged) scan_.tail_problem = problem_;
  return scan_;
}

}  // namespace

Result<SegmentScan> scan_segment(const FileReader& file, const ScanOptions& options) {
  return Scanner(file, options).run();
}

Result<SegmentHeader> read_segment_header(const FileReader& file, uint32_t& seed, uint64_t* header_bytes) {
  char bytes[2 * kLineBytesMax];
  auto n = file.read_at(0, bytes, sizeof bytes);
  if (!n.ok()) return n.error();
  const std::string_view start(bytes, n.value());
  const size_t newline = start.substr(0, kLineBytesMax).find('\n');
  if (newline == std::string_view::npos) return corrupt(file, 0, "there is no segment header");
  auto header = parse_header(start.substr(0, newline + 1), seed);
  if (!header.ok()) return corrupt(file, 0, header.error().message());
  const std::string prelude = select_prelude(header.value().db);
  if (!start.substr(newline + 1).starts_with(prelude))
    return corrupt(file, newline + 1, "the SELECT after the header is not what it should be");
  if (header_bytes != nullptr) *header_bytes = newline + 1 + prelude.size();
  return header;
}

Result<GroupRecord> read_last_record(const FileReader& file) {
  char bytes[kLineBytesMax];
  const size_t size = std::min<uint64_t>(file.size(), sizeof bytes);
  auto n = file.read_at(file.size() - size, bytes, size);
  if (!n.ok()) return n.error();
  const std::string_view tail(bytes, n.value());
  const size_t line = tail.rfind(kGroupWords);
  if (line == std::string_view::npos) return corrupt(file, file.size(), "it does not end in a group record");
  auto record = parse_group_unchecked(tail.substr(line));
  if (!record.ok()) return corrupt(file, file.size() - tail.size() + line, record.error().message());
  return record;
}

}  // namespace holdfast::journal
