#include "journal/cut.h"

#include <algorithm>
#include <limits>

#include "journal/command_reader.h"
#include "journal/command_search.h"
#include "journal/crc32c.h"
#include "journal/cut_finder.h"

namespace holdfast::journal {
namespace {

constexpr size_t kReadBytes = 1u << 20;

std::string moment_of(const Generation& generation) {
  return format_time(generation.first_base().time_ms);
}

// The one whose data are those of `time_ms`: kept copies of foreign data have no place in time.
Result<const Generation*> generation_at_time(const Archive& archive, int64_t time_ms) {
  const Generation* found = nullptr;
  const Generation* first = nullptr;
  for (const Generation& generation : archive.generations) {
    if (generation.is_aside()) continue;
    if (first == nullptr) first = &generation;
    if (generation.first_base().time_ms <= time_ms) found = &generation;
  }
  if (found != nullptr) return found;
  return Error(ErrorCode::kInvalid, format_time(time_ms) + " is before everything that " + archive.dir +
                                        " has: its first base (generation " +
                                        std::to_string(first->number()) + ") is of " + moment_of(*first));
}

// T may lie where nothing was journaled, between the end of a generation and the base of the next.
void remark_on_gap(const Archive& archive, int64_t time_ms, Cut& cut) {
  const uint64_t number = cut.generation.manifest.generation;
  if (!cut.at_end || cut.generation.is_current || archive.find(number)->is_aside()) return;
  for (const Generation& generation : archive.generations) {
    if (generation.number() <= number || generation.is_aside()) continue;
    if (time_ms > cut.time_ms) {
      cut.remarks.push_back("nothing was journaled between " + format_time(cut.time_ms) +
                            ", the end of generation " + std::to_string(number) + ", and " +
                            moment_of(generation) + ", the base of generation " +
                            std::to_string(generation.number()));
    }
    return;
  }
}

Result<Cut> cut_at_time(const Archive& archive, const CutRequest& request) {
  const int64_t time_ms = request.to.time_ms;
  uint64_t number = 0;
  if (request.generation) {
    number = *request.generation;
    const Generation& generation = *archive.find(number);
    if (generation.first_base().time_ms > time_ms) {
      return Error(ErrorCode::kInvalid, format_time(time_ms) + " is before generation " +
                                            std::to_string(number) + ", whose base is of " +
                                            moment_of(generation));
    }
  } else {
    auto generation = generation_at_time(archive, time_ms);
    if (!generation.ok()) return generation.error();
    number = generation.value()->number();
  }
  auto cut = find_cut_in_generation(archive.dir, number, {.time_ms = time_ms}, request);
  if (!cut.ok()) return cut;
  if (time_ms > request.now_ms && time_ms > cut.value().time_ms) {
    return Error(ErrorCode::kInvalid, format_time(time_ms) + " is in the future; it is " +
                                          format_time(request.now_ms) + " here, and 'latest' is the end");
  }
  remark_on_gap(archive, time_ms, cut.value());
  return cut;
}

Result<Cut> cut_at_offset(const Archive& archive, const CutRequest& request) {
  const uint64_t offset = request.to.offset;
  std::optional<Error> why_not;
  // Offsets of other histories may be the same numbers: the newest generation that has it counts.
  for (auto it = archive.generations.rbegin(); it != archive.generations.rend(); ++it) {
    const Manifest& manifest = it->manifest;
    const uint64_t first_offset = it->first_base().offset;
    if (request.generation ? it->number() != *request.generation : it->is_aside()) continue;
    const std::string name = "generation " + std::to_string(it->number());
    if (offset < first_offset) {
      if (!why_not) {
        why_not = Error(ErrorCode::kInvalid, "offset " + std::to_string(offset) + " is before the base of " +
                                                 name + ", which ends at " + std::to_string(first_offset));
      }
      continue;
    }
    if (manifest.closed && offset > manifest.closed->offset && !request.generation) continue;
    auto cut = find_cut_in_generation(archive.dir, it->number(), {.offset = offset}, request);
    if (!cut.ok()) return cut;
    const bool is_beyond = cut.value().at_end && cut.value().offset < offset;
    if (!is_beyond) {
      if (cut.value().offset < offset && !cut.value().damage) {
        cut.value().remarks.push_back("offset " + std::to_string(offset) +
                                      " lies inside a command or a transaction; the cut is before it, at " +
                                      std::to_string(cut.value().offset));
      }
      return cut;
    }
    why_not = Error(ErrorCode::kInvalid, "offset " + std::to_string(offset) + " is beyond the end of " +
                                             name + ", which is " + std::to_string(cut.value().offset));
  }
  return why_not ? *why_not
                 : Error(ErrorCode::kInvalid,
                         "no generation of " + archive.dir + " has offset " + std::to_string(offset));
}

Result<Cut> cut_at_moment(const Archive& archive, const CutRequest& request) {
  switch (request.to.kind) {
    case Moment::Kind::kTime:
      return cut_at_time(archive, request);
    case Moment::Kind::kOffset:
      return cut_at_offset(archive, request);
    case Moment::Kind::kLatest:
      break;
  }
  uint64_t number = 0;
  for (const Generation& generation : archive.generations) {
    if (request.generation ? generation.number() == *request.generation : generation.is_current)
      number = generation.number();
  }
  return find_cut_in_generation(archive.dir, number, {}, request);
}

}  // namespace

uint64_t Cut::bytes() const {
  uint64_t sum = from().facts.size;
  for (size_t i = from().first_segment; i + 1 < segments_end; ++i) sum += generation.segments[i].file->size();
  return sum + (segments_end > from().first_segment ? file_end : 0);
}

Result<bool> is_whole(const OpenGeneration::Base& base) {
  if (base.damage) return false;
  std::vector<char> buffer(std::clamp<uint64_t>(base.file->size(), 1, kReadBytes));
  uint64_t offset = 0;
  uint32_t crc = 0;
  while (true) {
    auto n = base.file->read_at(offset, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) return offset == base.facts.size && crc == base.facts.crc;
    crc = crc32c(crc, buffer.data(), n.value());
    offset += n.value();
  }
}

Result<Cut> find_cut(const Archive& archive, const CutRequest& request) {
  if (request.generation && archive.find(*request.generation) == nullptr)
    return no_such_generation(archive, *request.generation);
  if (request.before.empty()) return cut_at_moment(archive, request);

  // Where the search ends, then the search, then the cut.
  SearchRange range;
  range.last = archive.generations.back().number();
  for (const Generation& generation : archive.generations) {
    if (generation.is_current) range.last = generation.number();
  }
  if (request.generation) range.first = range.last = *request.generation;
  if (request.to.kind != Moment::Kind::kLatest) {
    auto end = cut_at_moment(archive, request);
    if (!end.ok()) return end;
    range.last = end.value().generation.manifest.generation;
    range.last_end = end.value().offset;
  }
  auto found = find_command(archive, range, request);
  if (!found.ok()) return found.error();
  auto cut =
      find_cut_in_generation(archive.dir, found.value().generation, {.offset = found.value().cut}, request);
  if (cut.ok()) cut.value().found = found.value().what;
  return cut;
}

}  // namespace holdfast::journal
