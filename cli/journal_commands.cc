// The commands that settle a history break: accept and recover.
#include <cstdio>

#include "cli/commands.h"
#include "cli/offline.h"
#include "journal/operator_word.h"

namespace holdfast::cli {

int accept(const JournalChoice& journal) {
  const auto dir = choose_directory(journal, "accept");
  if (!dir) return kBadInput;
  const Status status = journal::leave_word(*dir, journal::OperatorWord::kAccept);
  if (!status.ok()) return report_error(status.error(), "accept");
  std::printf(
      "accepted: the journal will take what Redis has now as a new generation; the old one is kept\n");
  return kDone;
}

int recover(const JournalChoice& journal, bool only_lost) {
  const auto dir = choose_directory(journal, "recover");
  if (!dir) return kBadInput;
  const Status status = journal::leave_word(
      *dir, only_lost ? journal::OperatorWord::kReapply : journal::OperatorWord::kRecover);
  if (!status.ok()) return report_error(status.error(), "recover");
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
