#include "journal/cut_data.h"

#include <algorithm>
#include <optional>

#include "journal/crc32c.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kPieceBytes = 256u << 10;

// `crc`: what the whole file must have. The last piece is given only when it does: nobody ever loads a
// damaged snapshot.
Status read_file(const FileReader& file, std::optional<uint32_t> crc, const ReplicationData::Sink& sink) {
  std::vector<char> buffer(kPieceBytes);
  uint64_t offset = 0;
  uint32_t sum = 0;
  while (offset < file.size()) {
    auto n = file.read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0)
      return Error(ErrorCode::kCorrupt,
                   file.path() + ": corrupt at byte " + std::to_string(offset) + ": it was cut there");
    sum = crc32c(sum, buffer.data(), n.value());
    offset += n.value();
    if (crc && offset == file.size() && sum != *crc)
      return Error(ErrorCode::kCorrupt,
                   file.path() + ": corrupt: the checksum of the whole file does not match");
    if (Status taken = sink({buffer.data(), n.value()}); !taken.ok()) return taken;
  }
  return {};
}

}  // namespace

CutData::CutData(Cut cut) : cut_(std::move(cut)) {
  const size_t first = cut_.from().first_segment;
  if (first >= cut_.segments_end) return;
  const int db = cut_.generation.segments[first].header.db;
  if (db != 0) prelude_ = select_prelude(db);
}

Status CutData::read_base(const Sink& sink) const {
  return read_file(*cut_.from().file, cut_.from().facts.crc, sink);
}

Status CutData::read_segment(const OpenGeneration::Segment& segment, uint64_t& offset,
                             const Sink& sink) const {
  const uint64_t wanted = std::min(segment.stop_at, cut_.offset);
  if (wanted <= offset) return {};
  uint64_t reached = segment.header.start;
  ScanOptions options;
  options.stop_at = segment.stop_at;
  options.stream = [&](uint64_t before, std::string_view bytes) -> Status {
    if (before < wanted) bytes = bytes.substr(0, wanted - before);
    if (before >= wanted || before + bytes.size() <= offset) return {};
    return sink(before < offset ? bytes.substr(offset - before) : bytes);
  };
  options.group = [&](const ScannedGroup& group) -> Result<bool> {
    reached = std::min(group.record.end, wanted);
    return group.record.end < wanted;
  };
  auto scan = scan_segment(*segment.file, options);
  if (!scan.ok()) return scan.error();
  if (reached < wanted) {
    return Error(ErrorCode::kCorrupt, segment.file->path() + ": corrupt at byte " +
                                          std::to_string(scan.value().valid_bytes) +
                                          ": from here on groups are damaged or missing");
  }
  offset = wanted;
  return {};
}

Status CutData::read_stream(uint64_t offset, const Sink& sink) const {
  const uint64_t base_end = cut_.from().facts.offset;
  if (offset < base_end && base_end - offset <= prelude_.size()) {
    const std::string_view rest = std::string_view(prelude_).substr(prelude_.size() - (base_end - offset));
    if (Status taken = sink(rest); !taken.ok()) return taken;
    offset = base_end;
  }
  for (size_t i = cut_.from().first_segment; i < cut_.segments_end && offset < cut_.offset; ++i) {
    if (Status read = read_segment(cut_.generation.segments[i], offset, sink); !read.ok()) return read;
  }
  return {};
}

Status RdbData::read_base(const Sink& sink) const {
  return read_file(*file_, std::nullopt, sink);
}

}  // namespace holdfast::journal
