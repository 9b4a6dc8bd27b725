#include "journal/generation_data.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "journal/crc32c.h"
#include "journal/record.h"
#include "journal/segment_file.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kPieceBytes = 256u << 10;

}  // namespace

Result<std::unique_ptr<GenerationData>> GenerationData::open(const std::string& dir, const Manifest& manifest,
                                                             const Position& end) {
  std::unique_ptr<GenerationData> data(new GenerationData(manifest, end));
  if (Status opened = data->open_files(dir); !opened.ok()) return opened.error();
  return data;
}

Result<std::unique_ptr<GenerationData>> GenerationData::open_whole(const std::string& dir,
                                                                   const Manifest& manifest,
                                                                   const Position& end,
                                                                   const StopSignal& stop,
                                                                   std::vector<std::string>& passed_over) {
  const auto read = [&stop](std::string_view) -> Status {
    if (stop.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    return {};
  };
  std::optional<Error> newest;
  for (std::optional<Manifest> from = manifest; from; from = from->from_earlier_base()) {
    auto data = open(dir, *from, end);
    const Status whole = data.ok() ? data.value()->read_base(read) : Status(data.error());
    if (whole.ok()) return data;
    if (whole.error().code() != ErrorCode::kCorrupt) return whole.error();
    if (!newest) newest = whole.error();
    passed_over.push_back(whole.error().message());
  }
  return *newest;
}

Status GenerationData::open_files(const std::string& dir) {
  auto base = FileReader::open(dir + "/" + base_name(manifest_.base.sequence));
  if (!base.ok()) return base.error();
  base_ = std::move(base).value();
  if (base_->size() != manifest_.base.size) {
    return Error(ErrorCode::kCorrupt, base_->path() + ": corrupt: it has " + std::to_string(base_->size()) +
                                          " bytes and should have " + std::to_string(manifest_.base.size));
  }
  start_ = manifest_.base.offset;
  const auto redo = read_redo(dir);
  if (!redo.ok()) return redo.error();
  for (const uint64_t sequence : manifest_.segments) {
    auto file = open_segment(dir, sequence, redo.value());
    if (!file.ok()) return file.error();
    uint32_t seed = 0;
    auto header = read_segment_header(*file.value(), seed, nullptr);
    if (!header.ok()) return header.error();
    if (segments_.empty() && header.value().start != manifest_.base.offset) {
      return Error(ErrorCode::kCorrupt,
                   file.value()->path() + ": corrupt at byte 0: it does not begin where the base ends");
    }
    if (segments_.empty() && header.value().db != 0) prelude_ = select_prelude(header.value().db);
    segments_.push_back({std::move(file).value(), header.value().start, header.value().db});
  }
  if (prelude_.size() > start_)
    return Error(ErrorCode::kCorrupt, base_->path() + ": it ends at an offset where no stream can have been");
  start_ -= prelude_.size();
  return {};
}

Status GenerationData::read_base(const Sink& sink) const {
  std::vector<char> buffer(kPieceBytes);
  uint64_t offset = 0;
  uint32_t crc = 0;
  while (true) {
    auto n = base_->read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) break;
    crc = crc32c(crc, buffer.data(), n.value());
    offset += n.value();
    // The last piece only when all of it is right: nobody ever loads a damaged base.
    if (offset == manifest_.base.size && crc != manifest_.base.crc)
      return Error(
          ErrorCode::kCorrupt,
          base_->path() + ": corrupt: it is not what was written (the checksum is of the whole file)");
    if (Status taken = sink({buffer.data(), n.value()}); !taken.ok()) return taken;
  }
  if (offset == manifest_.base.size) return {};
  return Error(ErrorCode::kCorrupt,
               base_->path() + ": corrupt: it was cut at byte " + std::to_string(offset));
}

Status GenerationData::read_stream(uint64_t offset, const Sink& sink) const {
  const uint64_t base_end = manifest_.base.offset;
  if (offset < base_end && base_end - offset <= prelude_.size()) {
    if (Status taken = sink(std::string_view(prelude_).substr(prelude_.size() - (base_end - offset)));
        !taken.ok())
      return taken;
    offset = base_end;
  }
  for (size_t i = 0; i < segments_.size() && offset < end_.offset; ++i) {
    const uint64_t segment_end =
        i + 1 < segments_.size() ? std::min(segments_[i + 1].start, end_.offset) : end_.offset;
    if (segment_end <= offset) continue;
    ScanOptions options;
    options.stop_at = segment_end;
    options.stream = [&](uint64_t before, std::string_view bytes) -> Status {
      // What lies behind the end was never acknowledged.
      if (before < segment_end) bytes = bytes.substr(0, segment_end - before);
      if (before >= segment_end || before + bytes.size() <= offset) return {};
      return sink(before < offset ? bytes.substr(offset - before) : bytes);
    };
    auto scan = scan_segment(*segments_[i].file, options);
    if (!scan.ok()) return scan.error();
    if (scan.value().end != segment_end) {
      return Error(ErrorCode::kCorrupt, segments_[i].file->path() + ": corrupt at byte " +
                                            std::to_string(scan.value().valid_bytes) +
                                            ": from here on groups are damaged or missing");
    }
    offset = segment_end;
  }
  if (offset == end_.offset) return {};
  return Error(ErrorCode::kCorrupt, "the journal's segments end at offset " + std::to_string(offset) +
                                        " and not at " + std::to_string(end_.offset));
}

Status GenerationData::read_operations(uint64_t offset, const OperationReader::Sink& sink,
                                       const std::function<void(uint64_t)>& border) const {
  // Which database is selected is known where a segment begins.
  const Segment* from = nullptr;
  for (const Segment& segment : segments_)
    if (from == nullptr || segment.start <= offset) from = &segment;
  if (from == nullptr) return {};
  OperationReader reader(from->start, from->db);
  reader.on_border(border);
  return read_stream(from->start, [&](std::string_view bytes) {
    return reader.feed(bytes, [&](const Operation& operation) {
      return operation.end > offset ? sink(operation) : Status();
    });
  });
}

}  // namespace holdfast::journal
