// holdfast journal ls | stat | verify | history | tail: looking into a journal.
//
// Each declares itself below `holdfast journal`; cli/commands.h tells about `exit_code`.
#pragma once

namespace CLI {
class App;
}

namespace holdfast::cli {

void add_journal_ls(CLI::App& journal, int& exit_code);
void add_journal_stat(CLI::App& journal, int& exit_code);
void add_journal_verify(CLI::App& journal, int& exit_code);
void add_journal_history(CLI::App& journal, int& exit_code);
void add_journal_tail(CLI::App& journal, int& exit_code);

inline void add_journal_view_commands(CLI::App& journal, int& exit_code) {
  add_journal_ls(journal, exit_code);
  add_journal_stat(journal, exit_code);
  add_journal_verify(journal, exit_code);
  add_journal_history(journal, exit_code);
  add_journal_tail(journal, exit_code);
}

}  // namespace holdfast::cli
