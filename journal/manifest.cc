#include "journal/manifest.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include "journal/crc32c.h"
#include "journal/line_fields.h"
#include "journal/record.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kFirstLine = "#HF journal version=";
constexpr std::string_view kPrefix = "appendonly.aof.";
constexpr std::string_view kAsideLine = "#HF aside\n";
constexpr std::string_view kEarlierBase = "#HF earlier-base seq=";
constexpr std::string_view kEarlierSegment = "#HF earlier-segment seq=";
constexpr size_t kBytesMax = 64u << 20;  // far above any real one; keeps a foreign file from being swallowed

std::string hex8(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08" PRIx32, value);
  return text;
}

std::optional<uint64_t> number_between(std::string_view name, std::string_view before,
                                       std::string_view after) {
  uint64_t number = 0;
  LineFields fields(name);
  fields.literal(before);
  fields.number(number);
  fields.literal(after);
  if (!fields.at_end()) return std::nullopt;
  return number;
}

std::string file_line(const std::string& name, uint64_t sequence, char type) {
  return "file " + name + " seq " + std::to_string(sequence) + " type " + type + "\n";
}

// The next line without its newline; nothing when there is none.
std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return {};
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Error damaged(std::string_view what) {
  return Error(ErrorCode::kCorrupt, "the manifest is damaged (" + std::string(what) + ")");
}

std::string base_facts(const Manifest::Base& base) {
  return "size=" + std::to_string(base.size) + " crc=" + hex8(base.crc) + " replid=" + base.replid +
         " offset=" + std::to_string(base.offset) + " time=" + std::to_string(base.time_ms) +
         (base.db != 0 ? " db=" + std::to_string(base.db) : "") + "\n";
}

void parse_base_facts(LineFields& fields, Manifest::Base& base) {
  fields.literal("size=");
  fields.number(base.size);
  fields.literal(" crc=");
  fields.hex(base.crc, 8);
  fields.literal(" replid=");
  fields.text(base.replid, kReplidBytes);
  fields.literal(" offset=");
  fields.number(base.offset);
  fields.literal(" time=");
  fields.number(base.time_ms);
  if (fields.at_end()) return;
  fields.literal(" db=");
  fields.number(base.db);
}

// Numbers grow over all segments of a generation.
bool add_segment(uint64_t sequence, uint64_t& last, std::vector<uint64_t>& segments) {
  if (sequence <= last) return false;
  last = sequence;
  segments.push_back(sequence);
  return true;
}

// The "#HF earlier-..." lines at the start of `rest`. What is wrong with them, or an empty text.
std::string_view parse_earlier(std::string_view& rest, uint64_t& last,
                               std::vector<Manifest::Stretch>& earlier) {
  while (rest.starts_with(kEarlierBase)) {
    Manifest::Stretch& stretch = earlier.emplace_back();
    LineFields fields(take_line(rest));
    fields.literal(kEarlierBase);
    fields.number(stretch.base.sequence);
    fields.literal(" ");
    parse_base_facts(fields, stretch.base);
    if (!fields.at_end() || !is_replid(stretch.base.replid)) return "the facts of an earlier base";
    while (rest.starts_with(kEarlierSegment)) {
      uint64_t sequence = 0;
      LineFields segment(take_line(rest));
      segment.literal(kEarlierSegment);
      segment.number(sequence);
      if (!segment.at_end()) return "the line of an earlier segment";
      if (!add_segment(sequence, last, stretch.segments)) return "sequence numbers do not grow";
    }
  }
  return {};
}

bool parse_file_line(std::string_view line, char type, uint64_t& sequence) {
  LineFields fields(line);
  fields.literal("file appendonly.aof.");
  fields.number(sequence);
  return fields.ok() &&
         std::string(line) + "\n" ==
             file_line(type == 'b' ? base_name(sequence) : segment_name(sequence), sequence, type);
}

}  // namespace

std::string base_name(uint64_t sequence) {
  return std::string(kPrefix) + std::to_string(sequence) + ".base.rdb";
}
std::string segment_name(uint64_t sequence) {
  return std::string(kPrefix) + std::to_string(sequence) + ".incr.aof";
}
std::string generation_name(uint64_t generation) {
  return std::string(kPrefix) + "generation-" + std::to_string(generation) + ".manifest";
}

std::optional<uint64_t> sequence_of(std::string_view file_name) {
  if (auto base = number_between(file_name, kPrefix, ".base.rdb")) return base;
  return number_between(file_name, kPrefix, ".incr.aof");
}

std::optional<uint64_t> generation_of(std::string_view file_name) {
  return number_between(file_name, std::string(kPrefix) + "generation-", ".manifest");
}

std::optional<Manifest> Manifest::from_earlier_base() const {
  if (earlier.empty()) return std::nullopt;
  Manifest longer = *this;
  Stretch last = std::move(longer.earlier.back());
  longer.earlier.pop_back();
  longer.base = last.base;
  longer.segments = std::move(last.segments);
  longer.segments.insert(longer.segments.end(), segments.begin(), segments.end());
  return longer;
}

std::vector<Manifest::Stretch> Manifest::stretches() const {
  std::vector<Stretch> all = earlier;
  all.push_back({base, segments});
  return all;
}

std::vector<std::string> Manifest::file_names() const {
  std::vector<std::string> names;
  for (const Stretch& stretch : stretches()) {
    names.push_back(base_name(stretch.base.sequence));
    for (const uint64_t sequence : stretch.segments) names.push_back(segment_name(sequence));
  }
  return names;
}

std::string format_manifest(const Manifest& manifest) {
  const Manifest::Base& base = manifest.base;
  std::string text(kFirstLine);
  text += "1 generation=" + std::to_string(manifest.generation) + "\n";
  for (const Manifest::Stretch& stretch : manifest.earlier) {
    text +=
        std::string(kEarlierBase) + std::to_string(stretch.base.sequence) + " " + base_facts(stretch.base);
    for (const uint64_t sequence : stretch.segments)
      text += std::string(kEarlierSegment) + std::to_string(sequence) + "\n";
  }
  text += "#HF base " + base_facts(base);
  text += file_line(base_name(base.sequence), base.sequence, 'b');
  for (const uint64_t sequence : manifest.segments) text += file_line(segment_name(sequence), sequence, 'i');
  if (manifest.closed) {
    text += "#HF closed offset=" + std::to_string(manifest.closed->offset) +
            " time=" + std::to_string(manifest.closed->time_ms) + "\n";
    if (manifest.is_aside) text += kAsideLine;
  }
  text += "#HF manifest crc=";
  return text + hex8(crc32c(0, text)) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
  if (text.empty()) return damaged("it is empty");
  if (!text.starts_with(kFirstLine))
    return Error(ErrorCode::kInvalid,
                 "it was not written by Holdfast; choose another directory for the journal");
  if (!text.starts_with(std::string(kFirstLine) + "1 "))
    return Error(ErrorCode::kInvalid,
                 "it has a format that this version of Holdfast does not know; run a newer one");

  constexpr std::string_view kSeal = "#HF manifest crc=";
  const size_t seal = text.rfind(kSeal);
  if (seal == std::string_view::npos) return damaged("its last line is missing");
  const size_t sealed_bytes = seal + kSeal.size();
  if (text.substr(sealed_bytes) != hex8(crc32c(0, text.substr(0, sealed_bytes))) + "\n")
    return damaged("its checksum does not match");

  Manifest manifest;
  std::string_view rest = text.substr(0, seal);
  LineFields first(take_line(rest));
  first.literal("#HF journal version=1 generation=");
  first.number(manifest.generation);
  if (!first.at_end()) return damaged("line 1");
  uint64_t last_segment = 0;
  if (const auto problem = parse_earlier(rest, last_segment, manifest.earlier); !problem.empty())
    return damaged(problem);
  LineFields facts(take_line(rest));
  facts.literal("#HF base ");
  parse_base_facts(facts, manifest.base);
  if (!facts.at_end() || !is_replid(manifest.base.replid)) return damaged("the facts of the base");
  if (!parse_file_line(take_line(rest), 'b', manifest.base.sequence)) return damaged("the line of the base");
  while (rest.starts_with("file ")) {
    uint64_t sequence = 0;
    if (!parse_file_line(take_line(rest), 'i', sequence)) return damaged("the line of a segment");
    if (!add_segment(sequence, last_segment, manifest.segments))
      return damaged("sequence numbers do not grow");
  }
  if (rest.starts_with("#HF closed ")) {
    Manifest::Closed closed;
    LineFields fields(take_line(rest));
    fields.literal("#HF closed offset=");
    fields.number(closed.offset);
    fields.literal(" time=");
    fields.number(closed.time_ms);
    if (!fields.at_end()) return damaged("the line of its end");
    manifest.closed = closed;
    manifest.is_aside = rest.starts_with(kAsideLine);
    if (manifest.is_aside) rest.remove_prefix(kAsideLine.size());
  }
  if (!rest.empty()) return damaged("an unknown line");
  return manifest;
}

Result<std::optional<Manifest>> read_manifest(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<Manifest>();
    return Error::from_errno("cannot open " + path, errno);
  }
  std::string text;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::read(fd, buffer, sizeof buffer)) > 0 && text.size() < kBytesMax)
    text.append(buffer, static_cast<size_t>(n));
  const int problem = errno;
  ::close(fd);
  if (n < 0) return Error::from_errno("cannot read " + path, problem);
  auto manifest = parse_manifest(text);
  if (!manifest.ok()) return manifest.error().prefixed(path);
  return std::optional<Manifest>(std::move(manifest).value());
}

}  // namespace holdfast::journal
