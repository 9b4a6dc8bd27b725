// What the commands that read a journal's directory have in common: how they end, and how they tell of it.
//
// Main thread only.
#pragma once

#include <string>

#include "base/result.h"
#include "journal/stop_signal.h"

namespace holdfast::cli {

// SIGINT and SIGTERM end the command in order from here on (a second one, more than a second later, at once),
// and a file that is too large is an error and not the end of the process. As many files may be open as the
// system allows: a generation can have thousands.
void begin_offline();

bool interrupted();
// Requested when that happens, for what waits elsewhere. Lives for ever.
const journal::StopSignal& offline_stop();
// An error once SIGINT or SIGTERM has come.
Status not_interrupted();

// "holdfast <command>: <sentence>" on stderr. The exit code.
int report_error(const Error& error, const std::string& command);

}  // namespace holdfast::cli
