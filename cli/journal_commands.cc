// The commands that settle a history break: accept.
#include <cstdio>

#include "cli/commands.h"
#include "cli/offline.h"
#include "journal/accept.h"

namespace holdfast::cli {

int accept(const std::string& journal_dir) {
  const Status status = journal::accept_history(journal_dir);
  if (!status.ok()) return report_error(status.error(), "accept");
  std::printf(
      "accepted: the journal will take what Redis has now as a new generation; the old one is kept\n");
  return kDone;
}

}  // namespace holdfast::cli
