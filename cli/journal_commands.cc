// The commands that work on a journal directory: restore and accept.
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "cli/commands.h"
#include "journal/operator_word.h"
#include "journal/restore.h"

namespace holdfast::cli {
namespace {

std::string utc_time(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int report(const Error& error, const char* command) {
  std::fprintf(stderr, "holdfast %s: %s\n", command, error.message().c_str());
  return error.code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

}  // namespace

int restore(const RestoreOptions& options) {
  if (options.to != "latest") {
    std::fprintf(stderr, "holdfast restore: --to %s: this version restores to 'latest' only\n",
                 options.to.c_str());
    return kBadInput;
  }
  const auto restored = journal::restore_latest(options.journal_dir, options.out_dir);
  if (!restored.ok()) return report(restored.error(), "restore");
  const journal::RestoreReport& facts = restored.value();
  std::printf(
      "made %s from the journal up to replication offset %llu%s: %llu bytes in %llu segments, every checksum "
      "verified\n",
      options.out_dir.c_str(), static_cast<unsigned long long>(facts.offset),
      facts.time_ms > 0 ? (" (" + utc_time(facts.time_ms) + ")").c_str() : "",
      static_cast<unsigned long long>(facts.bytes), static_cast<unsigned long long>(facts.segments));
  if (facts.torn_bytes > 0)
    std::printf(
        "left out %llu bytes at the end that were being written, or are damaged; no complete group follows "
        "them\n",
        static_cast<unsigned long long>(facts.torn_bytes));
  std::printf("start it with: redis-server --dir %s --appendonly yes\n", options.out_dir.c_str());
  return kDone;
}

int accept(const std::string& journal_dir) {
  const Status status = journal::leave_word(journal_dir, journal::OperatorWord::kAccept);
  if (!status.ok()) return report(status.error(), "accept");
  std::printf(
      "accepted: the journal will take what Redis has now as a new generation; the old one is kept\n");
  return kDone;
}

int recover(const std::string& journal_dir, bool only_lost) {
  const Status status = journal::leave_word(
      journal_dir, only_lost ? journal::OperatorWord::kReapply : journal::OperatorWord::kRecover);
  if (!status.ok()) return report(status.error(), "recover");
  if (only_lost)
    std::printf(
        "told: the operations that Redis lost are run on it again, if nothing newer touched their keys; the "
        "Holdfast "
        "that runs on this journal does it within a second or so, and its /readyz and log say how it went\n");
  else
    std::printf(
        "told: Redis is given what is journaled, and what it has now is kept as a generation; the Holdfast "
        "that "
        "runs on this journal does it within a second or so, and its /readyz and log say how far it is\n");
  return kDone;
}

}  // namespace holdfast::cli
