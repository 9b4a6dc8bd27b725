#include "cli/change_printer.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/journal_json.h"
#include "journal/moment.h"

namespace holdfast::cli {
namespace {

constexpr size_t kColumnsBefore = 56;
constexpr size_t kWidthMin = 40;
constexpr size_t kWidthElsewhere = 160;

size_t command_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthElsewhere;
  return std::max<size_t>(kWidthMin, size.ws_col > kColumnsBefore ? size.ws_col - kColumnsBefore : 0);
}

}  // namespace

ChangePrinter::ChangePrinter(bool is_json) : is_json_(is_json), width_(command_width()) {}

void ChangePrinter::print(const journal::WalkedCommand& walked) {
  print(walked.generation, journal::note_command(walked.command, walked.time_ms));
}

void ChangePrinter::print(uint64_t generation, const journal::NotedCommand& command) {
  if (is_json_) {
    std::printf("%s\n", change_json(generation, command).c_str());
  } else {
    if (count_ == 0) std::printf("%-24s  %3s  %14s  %3s  %s\n", "time", "gen", "offset", "db", "command");
    std::printf("%-24s  %3llu  %14llu  %3d  %s%s\n", journal::format_time(command.time_ms).c_str(),
                static_cast<unsigned long long>(generation), static_cast<unsigned long long>(command.end),
                command.db, command.in_transaction ? "(MULTI) " : "", command.text(width_).c_str());
  }
  ++count_;
}

}  // namespace holdfast::cli
