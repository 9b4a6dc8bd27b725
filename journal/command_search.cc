#include "journal/command_search.h"

#include <algorithm>
#include <cctype>
#include <deque>

#include "journal/command_reader.h"
#include "journal/cut_finder.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

struct Occurrence {
  uint64_t cut = 0;
  NotedCommand command;
};

// The occurrences in one generation: how many, and the one that is asked for.
struct Found {
  uint64_t count = 0;
  std::deque<Occurrence> kept;  // from the front: that one; from the back: the last few
};

class Search {
 public:
  Search(const CutRequest& request, uint64_t keep_last, uint64_t wanted)
      : request_(request), keep_last_(keep_last), wanted_(wanted) {}

  Result<Found> run(const std::string& dir, uint64_t number, uint64_t end);

 private:
  Status look_through(const FileReader& file, const ScannedGroup& group, uint64_t end);

  const CutRequest& request_;
  const uint64_t keep_last_;  // 0: only the wanted_th counts
  const uint64_t wanted_;
  Found found_;
};

Status Search::look_through(const FileReader& file, const ScannedGroup& group, uint64_t end) {
  CommandReader reader(file);
  reader.begin(group);
  StreamCommand command;
  while (true) {
    auto more = reader.next(command);
    if (!more.ok()) return more.error();
    if (!more.value() || command.end > end) return {};
    if (!matches(request_.before, command.arguments)) continue;
    ++found_.count;
    if (keep_last_ == 0 && found_.count != wanted_) continue;
    found_.kept.push_back({command.cut_before, note_command(command, group.record.time_ms)});
    if (keep_last_ > 0 && found_.kept.size() > keep_last_) found_.kept.pop_front();
  }
}

Result<Found> Search::run(const std::string& dir, uint64_t number, uint64_t end) {
  found_ = Found();
  auto opened = open_generation(dir, number);
  if (!opened.ok()) return opened.error();
  const OpenGeneration& generation = opened.value();
  for (const OpenGeneration::Segment& segment : generation.segments) {
    if (segment.header.start >= end) return found_;
    ScanOptions options;
    options.stop_at = segment.stop_at;
    options.progress = request_.progress;
    options.group = [&](const ScannedGroup& group) -> Result<bool> {
      if (group.start >= end) return false;
      if (Status looked = look_through(*segment.file, group, end); !looked.ok()) return looked.error();
      return true;
    };
    auto scan = scan_segment(*segment.file, options);
    std::optional<Error> damage;
    if (!scan.ok()) {
      if (scan.error().code() != ErrorCode::kCorrupt) return scan.error();
      damage = scan.error();
    } else if (scan.value().tail == Tail::kDamaged) {
      damage = Error(ErrorCode::kCorrupt, segment.file->path() + ": corrupt at byte " +
                                              std::to_string(scan.value().valid_bytes) + ": " +
                                              scan.value().tail_problem);
    }
    if (!damage) continue;
    if (!request_.until_damage) return damaged(*damage);
    return found_;
  }
  if (generation.damage && !request_.until_damage) return damaged(*generation.damage);
  return found_;
}

// What is journaled is what a command did, which may have another name.
std::string advice_for(const std::string& name) {
  struct Other {
    std::string_view names;
    std::string_view advice;
  };
  constexpr Other kOthers[] = {
      {" EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO ", "what a script did is there, its call is not"},
      {" EXPIRE PEXPIRE EXPIREAT GETEX ", "it is there as PEXPIREAT"},
      {" SETEX PSETEX ", "it is there as SET ... PXAT"},
      {" GETSET ", "it is there as SET"},
      {" GETDEL ", "it is there as DEL"},
      {" SPOP ", "it is there as SREM or DEL"},
      {" INCRBYFLOAT ", "it is there as SET"},
      {" HINCRBYFLOAT ", "it is there as HSET"},
      {" BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP LMPOP BZPOPMIN BZPOPMAX BZMPOP ZMPOP ",
       "it is there as what it took: LPOP, RPOP, LMOVE, ZPOPMIN ..."},
  };
  std::string upper = " " + name + " ";
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const Other& other : kOthers) {
    if (other.names.find(upper) != std::string_view::npos)
      return "; the journal holds the effects of commands: " + std::string(other.advice);
  }
  return "";
}

std::string words_of(const CutRequest& request) {
  std::string words;
  for (const std::string& word : request.before) words += (words.empty() ? "" : " ") + quoted(word);
  return words;
}

Error none(const Archive& archive, const CutRequest& request, uint64_t count) {
  const std::string where = request.generation
                                ? "generation " + std::to_string(*request.generation) + " of " + archive.dir
                                : archive.dir + " (" + archive.extent() + ")";
  if (count > 0) {
    return Error(ErrorCode::kInvalid,
                 where + " has " + (count == 1 ? std::string("once") : std::to_string(count) + " times") +
                     " " + words_of(request) + ", not " + std::to_string(std::abs(request.occurrence)));
  }
  return Error(ErrorCode::kInvalid,
               "there is no " + words_of(request) + " in " + where +
                   (request.to.kind == Moment::Kind::kLatest ? "" : " up to that moment") +
                   advice_for(request.before[0]));
}

FoundCommand describe(uint64_t generation, const Occurrence& occurrence, uint64_t number, uint64_t count) {
  const NotedCommand& command = occurrence.command;
  std::string what = command.text(100) + " (occurrence " + std::to_string(number) + " of " +
                     std::to_string(count) + " in generation " + std::to_string(generation) + ") at " +
                     format_time(command.time_ms) + ", offset " + std::to_string(command.start) +
                     ", database " + std::to_string(command.db);
  if (command.in_transaction) what += "; it is in a transaction, so the cut is before its MULTI";
  return {generation, occurrence.cut, std::move(what)};
}

}  // namespace

bool matches(std::span<const std::string> wanted, std::span<const std::string_view> arguments) {
  if (!same_word(wanted[0], arguments[0])) return false;
  size_t next = 1;
  for (size_t i = 1; i < arguments.size() && next < wanted.size(); ++i)
    next += arguments[i] == wanted[next] ? 1 : 0;
  return next == wanted.size();
}

Result<FoundCommand> find_command(const Archive& archive, const SearchRange& range,
                                  const CutRequest& request) {
  std::vector<uint64_t> numbers;
  for (const Generation& generation : archive.generations) {
    const bool wanted = generation.number() >= range.first && generation.number() <= range.last;
    if (wanted && (request.generation || !generation.is_aside())) numbers.push_back(generation.number());
  }
  const bool from_the_back = request.occurrence < 0;
  if (from_the_back) std::reverse(numbers.begin(), numbers.end());
  const auto wanted = static_cast<uint64_t>(from_the_back ? -request.occurrence : request.occurrence);
  uint64_t before = 0;  // occurrences in the generations that were searched already
  for (const uint64_t number : numbers) {
    const uint64_t end = number == range.last ? range.last_end : std::numeric_limits<uint64_t>::max();
    Search search(request, from_the_back ? wanted - before : 0, from_the_back ? 0 : wanted - before);
    auto result = search.run(archive.dir, number, end);
    if (!result.ok()) return result.error();
    const Found& found = result.value();
    if (before + found.count < wanted) {
      before += found.count;
      continue;
    }
    const uint64_t place = from_the_back ? found.count - (wanted - before) + 1 : wanted - before;
    return describe(number, found.kept.front(), place, found.count);
  }
  return none(archive, request, before);
}

}  // namespace holdfast::journal
