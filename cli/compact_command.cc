// `holdfast journal compact`: a new base now. Where a running Holdfast has the journal, it does the work and
// this command waits for it.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "journal/compaction.h"
#include "journal/compaction_request.h"
#include "journal/manifest.h"
#include "journal/store.h"

namespace holdfast::cli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);

int report(const Error& error) {
  std::fprintf(stderr, "holdfast journal compact: %s\n", error.message().c_str());
  return error.code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

// As long as somebody holds the directory he will answer.
Result<std::string> ask_running(const std::string& dir) {
  auto token = journal::request_compaction(dir);
  if (!token.ok()) return token;
  std::fprintf(stderr, "a running Holdfast has this journal; waiting for it to compact it\n");
  while (true) {
    // In this order: an answer that was given just before the end counts.
    const bool free = journal::DirectoryLock::take(dir).ok();
    if (auto answer = journal::compaction_answer(dir, token.value())) return *answer;
    if (free) {
      (void)journal::take_compaction_request(dir);
      return Error(ErrorCode::kUnavailable, "the Holdfast that had " + dir + " has stopped meanwhile");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

Result<std::string> compact_here(journal::Store& store, const std::string& redis_server) {
  const auto cut = store.cut();
  if (!cut) return std::string("there is nothing behind the newest base, so there is nothing to do");
  journal::StopSignal stop;
  auto made = journal::make_compacted_base(store.dir(), *cut, redis_server, stop);
  if (!made.ok()) return made.error();
  const journal::CompactedBase& base = made.value();
  if (Status adopted = store.adopt_compacted(*cut, base.path, base.size, base.crc); !adopted.ok())
    return adopted.error();
  return "a new base of " + std::to_string(base.size) + " bytes at offset " +
         std::to_string(cut->position.offset) + " stands for " + std::to_string(base.replaced_bytes) +
         " bytes of base and segments; those stay for as long as the retention says";
}

}  // namespace

int compact(const CompactOptions& options) {
  auto chosen = choose_journal(options.journal, "journal compact");
  if (!chosen) return kBadInput;
  config::Journal& keys = chosen->upstream().journal;
  const std::string& dir = keys.dir.value;
  const auto manifest = journal::read_manifest(dir + "/" + std::string(journal::kManifestName));
  if (!manifest.ok()) return report(manifest.error());
  if (!manifest.value())
    return report(Error(ErrorCode::kInvalid,
                        dir + " is not a journal; name the directory that Holdfast writes with --journal"));
  if (!options.redis_server.empty()) keys.redis_server = options.redis_server;
  journal::Store store(journal::FileSystem::real(), dir, keys.segment_size_bytes);
  std::vector<std::string> notes;
  const Status opened = store.open(notes);
  for (const std::string& note : notes) std::fprintf(stderr, "%s\n", note.c_str());
  if (!opened.ok() && opened.error().code() != ErrorCode::kUnavailable) return report(opened.error());
  const auto done = opened.ok() ? compact_here(store, keys.redis_server) : ask_running(dir);
  if (!done.ok()) return report(done.error());
  std::printf("%s: %s\n", dir.c_str(), done.value().c_str());
  return kDone;
}

}  // namespace holdfast::cli
