// holdfast journal verify
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_json.h"
#include "cli/journal_view.h"
#include "cli/offline.h"
#include "cli/option_checks.h"
#include "cli/progress.h"
#include "cli/readable.h"
#include "journal/verification.h"
#include "journal/verified_note.h"

namespace holdfast::cli {
namespace {

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  uint64_t generation = 0;
  bool json = false;
};

void print(const journal::VerificationReport& report) {
  for (const journal::Finding& finding : report.damage) {
    std::printf("damage: %s\n", finding.what.c_str());
    if (finding.offset_from) {
      std::printf("        lost: what lies after replication offset %llu%s\n",
                  static_cast<unsigned long long>(*finding.offset_from),
                  finding.offset_end ? (" up to " + std::to_string(*finding.offset_end)).c_str() : "");
    }
  }
  for (const std::string& remark : report.remarks) std::printf("note: %s\n", remark.c_str());
  std::printf("read %s, %s, %s, %s: ", plural(report.generations, "generation").c_str(),
              plural(report.files, "file").c_str(), plural(report.groups, "group").c_str(),
              readable_bytes(report.bytes).c_str());
  if (report.damage.empty())
    std::printf("every checksum is right\n");
  else
    std::printf("damaged in %s\n", plural(report.damage.size(), "place").c_str());
}

Result<int> run(const Options& options) {
  begin_offline();
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  uint64_t total = 0;
  for (const journal::Generation& generation : archive.value().generations) {
    if (options.generation != 0 && generation.number() != options.generation) continue;
    auto opened = journal::open_generation(options.journal, generation.number());
    total += opened.ok() ? opened.value().bytes() : 0;
  }
  Progress progress("verifying", total);
  std::optional<uint64_t> only;
  if (options.generation != 0) only = options.generation;
  auto report = journal::verify_journal(archive.value(), only, progress.callback());
  if (!report.ok()) return report.error();
  // A part says nothing about the whole. Who may only read the directory has verified it just as well.
  if (report.value().damage.empty() && !only) (void)journal::write_verified_note(options.journal, unix_ms());
  if (options.json)
    std::printf("%s\n", verification_json(options.journal, report.value()).c_str());
  else
    print(report.value());
  return report.value().damage.empty() ? kDone : kFailed;
}

}  // namespace

void add_journal_verify(CLI::App& journal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* verify = journal.add_subcommand("verify", "Read everything and check every checksum");
  add_journal_choice(*verify, options->choice);
  verify->add_option("--generation", options->generation, "Only this generation")->check(counts_from_one);
  verify->add_flag("--json", options->json, "One JSON object");
  verify->footer(
      "Checked: the manifests; size, checksum and Redis's own checksum of each base; the checksum of each\n"
      "group and that groups and segments follow each other without a gap. No file of the\n"
      "journal is changed; when all of it is well the time is noted beside them (holdfast.verified), for\n"
      "the metrics of a running Holdfast.\n"
      "Exit codes: 0 all is well, 1 damage (each with file and byte), 2 the input is wrong.");
  verify->callback([options, &exit_code] {
    const auto dir = choose_directory(options->choice, "journal verify");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const auto done = run(*options);
    exit_code = done.ok() ? done.value() : report_error(done.error(), "journal verify");
  });
}

}  // namespace holdfast::cli
