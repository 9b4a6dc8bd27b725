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
    print_row(command.time_ms, generation, command.end, std::to_string(command.db),
              (command.in_transaction ? "(MULTI) " : "") + command.text(width_));
  }
  ++count_;
}

void ChangePrinter::print_row(int64_t time_ms, uint64_t generation, uint64_t offset, const std::string& db,
                              const std::string& what) {
  if (count_ == 0) std::printf("%-24s  %3s  %14s  %3s  %s\n", "time", "gen", "offset", "db", "command");
  std::printf("%-24s  %3llu  %14llu  %3s  %s\n", journal::format_time(time_ms).c_str(),
              static_cast<unsigned long long>(generation), static_cast<unsigned long long>(offset),
              db.c_str(), what.c_str());
}

void ChangePrinter::print_base(uint64_t generation, const journal::Manifest::Base& base,
                               const journal::RdbKey* key) {
  if (is_json_) {
    std::printf("%s\n", base_key_json(generation, base, key).c_str());
  } else if (key == nullptr) {
    print_row(base.time_ms, generation, base.offset, "", "(base) it is not there");
  } else {
    std::string what = "(base) " + std::string(key->type);
    if (key->text) {
      what += " " + journal::quoted(*key->text);
      if (key->text_bytes > key->text->size()) what += "... (" + std::to_string(key->text_bytes) + " bytes)";
    }
    if (key->expires_ms) what += ", expires " + journal::format_time(*key->expires_ms);
    print_row(base.time_ms, generation, base.offset, std::to_string(key->db), what);
  }
  ++count_;
}

}  // namespace holdfast::cli
