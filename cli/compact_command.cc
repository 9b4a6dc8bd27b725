// `holdfast journal compact`: a new base now. Where a running Holdfast has the journal, it does the work and
// this command waits for it.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_json.h"
#include "cli/offline.h"
#include "cli/waiting.h"
#include "journal/archive.h"
#include "journal/compaction.h"
#include "journal/compaction_request.h"
#include "journal/store.h"

namespace holdfast::cli {
namespace {

constexpr int64_t kPollMs = 100;

int report(const Error& error) {
  return report_error(error, "journal compact");
}

// As long as somebody holds the directory he will answer.
// Nothing: whoever held it has left without an answer.
Result<std::optional<std::string>> ask_running(const std::string& dir) {
  std::fprintf(stderr, "a running Holdfast has this journal; waiting for it to compact it\n");
  const Waiting waiting("waiting");
  journal::CompactionTurn turn(dir);
  while (!turn.take()) {
    if (!offline_stop().sleep_ms(kPollMs)) return not_interrupted().error();
  }
  auto token = journal::request_compaction(dir);
  if (!token.ok()) return token.error();
  while (true) {
    // In this order: an answer that was given just before the end counts.
    const bool free = journal::DirectoryLock::take(dir).ok();
    if (auto answer = journal::compaction_answer(dir, token.value())) {
      if (!answer->ok()) return answer->error();
      return std::optional(answer->value());
    }
    if (free) {
      (void)journal::take_compaction_request(dir);
      return std::optional<std::string>();
    }
    if (!offline_stop().sleep_ms(kPollMs)) {
      (void)journal::take_compaction_request(dir);
      return Error(ErrorCode::kRefused, "interrupted; a compaction that has begun goes on in that Holdfast");
    }
  }
}

Result<std::string> compact_here(journal::Store& store, const std::string& redis_server) {
  const Waiting waiting("compacting");
  const auto cut = store.cut();
  if (!cut) return std::string("there is nothing behind the newest base, so there is nothing to do");
  auto made = journal::make_compacted_base(
      store.dir(), *cut, {.redis_server = redis_server, .low_priority = false}, offline_stop());
  if (!made.ok()) return made.error();
  const journal::CompactedBase& base = made.value();
  if (Status adopted = store.adopt_compacted(*cut, base.path, base.size, base.crc); !adopted.ok())
    return adopted.error();
  return journal::describe(base, cut->position.offset);
}

Result<std::string> compact_somewhere(const std::string& dir, const config::Journal& keys) {
  while (true) {
    journal::Store store(journal::FileSystem::real(), dir, keys.segment_size_bytes);
    std::vector<std::string> notes;
    const Status opened = store.open(notes);
    for (const std::string& note : notes) std::fprintf(stderr, "%s\n", note.c_str());
    if (opened.ok()) {
      auto done = compact_here(store, keys.redis_server);
      if (Status on = not_interrupted(); !done.ok() && !on.ok()) return on.error();
      return done;
    }
    if (opened.error().code() != ErrorCode::kUnavailable) return opened.error();
    auto answer = ask_running(dir);
    if (!answer.ok()) return answer.error();
    if (answer.value()) return *answer.value();
  }
}

}  // namespace

int compact(const CompactOptions& options) {
  begin_offline();
  auto chosen = choose_journal(options.journal, "journal compact");
  if (!chosen) return kBadInput;
  config::Journal& keys = chosen->upstream().journal;
  const std::string& dir = keys.dir.value;
  // Before anything is touched there: a damaged journal stays as it is, the lock's file too.
  if (Status whole = journal::check_newest(dir); !whole.ok()) return report(whole.error());
  if (!options.redis_server.empty()) keys.redis_server = options.redis_server;
  const auto done = compact_somewhere(dir, keys);
  if (!done.ok()) return report(done.error());
  if (options.json)
    std::printf("%s\n", compaction_json(dir, done.value()).c_str());
  else
    std::printf("%s: %s\n", dir.c_str(), done.value().c_str());
  return kDone;
}

}  // namespace holdfast::cli
