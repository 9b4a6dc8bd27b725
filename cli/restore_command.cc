// holdfast restore
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "cli/command_words.h"
#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/journal_json.h"
#include "cli/offline.h"
#include "cli/option_checks.h"
#include "cli/progress.h"
#include "cli/readable.h"
#include "cli/restore_serving.h"
#include "journal/cut_data.h"
#include "journal/history.h"
#include "journal/keys_only.h"
#include "journal/restore.h"
#include "journal/restore_target.h"
#include "journal/scratch_dir.h"

namespace holdfast::cli {
namespace {

struct Options {
  JournalChoice choice;
  std::string journal;  // what was chosen
  std::string to = "latest";
  std::string before;
  int64_t occurrence = -1;
  uint64_t generation = 0;
  bool until_damage = false;
  std::string keys;
  std::string redis_server;
  std::string out;
  ServingOptions serving;
  bool json = false;
};

constexpr const char* kFooter = R"(Moments (--to):
  latest                      everything that is journaled
  84321                       a replication offset
  2026-11-26T14:05:00Z        RFC 3339, to the millisecond, with Z or an offset like +02:00
  @1764165900.5               Unix seconds
  "5 minutes ago"             also "1h30m ago", "2 days ago", yesterday (24 hours ago)

A restore holds whole groups of commands up to that moment, and never a part of a MULTI/EXEC.
With --before the cut is just before a command, the last one like it up to --to:
  holdfast restore --before FLUSHALL --out restored
  holdfast restore --before "DEL order:1" --to "1 hour ago" --out restored

The journal is only read, so a running Holdfast does not mind. Exit codes: 0 done, 1 it could not be done
(nothing is left behind), 2 the input is wrong.)";

Result<journal::CutRequest> request_of(const Options& options) {
  journal::CutRequest request;
  request.now_ms = unix_ms();
  auto moment = journal::parse_moment(options.to, request.now_ms);
  if (!moment.ok()) return moment.error().prefixed("--to");
  request.to = moment.value();
  if (!options.before.empty()) {
    auto words = split_command(options.before);
    if (!words.ok()) return words.error().prefixed("--before");
    request.before = std::move(words).value();
    if (request.before.empty()) return Error(ErrorCode::kInvalid, "--before: name a command, like FLUSHALL");
  }
  if (options.occurrence == 0)
    return Error(ErrorCode::kInvalid, "--occurrence: 1 is the first, -1 the last; there is no 0");
  request.occurrence = options.occurrence;
  if (options.generation != 0) request.generation = options.generation;
  request.until_damage = options.until_damage;
  request.unread_end = !options.out.empty();  // all of it will be read
  return request;
}

void print(const journal::Cut& cut, const journal::RestoreReport& report, const Options& options) {
  const journal::Manifest::Base& base = cut.from().facts;
  std::printf("%s%s from generation %llu of %s%s\n", options.out.empty() ? "found" : "made ",
              options.out.c_str(), static_cast<unsigned long long>(cut.generation.manifest.generation),
              options.journal.c_str(), options.out.empty() ? "" : ", every checksum verified");
  std::printf("  base      %s: everything up to offset %llu (%s), %s\n",
              journal::base_name(base.sequence).c_str(), static_cast<unsigned long long>(base.offset),
              journal::format_time(base.time_ms).c_str(), readable_bytes(base.size).c_str());
  std::printf("  cut       replication offset %llu (%s)%s\n", static_cast<unsigned long long>(report.offset),
              journal::format_time(report.time_ms).c_str(),
              cut.at_end ? ", the end of what is journaled" : "");
  if (!options.out.empty()) {
    std::printf("  commands  %llu after the base, in %s and %s, %s in all\n",
                static_cast<unsigned long long>(report.commands),
                plural(report.groups, "whole group").c_str(), plural(report.segments, "segment").c_str(),
                readable_bytes(report.bytes).c_str());
  }
  if (!cut.found.empty()) std::printf("  before    %s\n", cut.found.c_str());
  if (cut.next) {
    std::printf("  next      %s (%s, offset %llu, database %d)\n", cut.next->text(80).c_str(),
                journal::format_time(cut.next->time_ms).c_str(),
                static_cast<unsigned long long>(cut.next->start), cut.next->db);
  } else {
    std::printf("  next      %s\n", cut.damage ? "damage" : "nothing is journaled after the cut");
  }
  if (cut.damage) std::printf("stopped at damage: %s\n", cut.damage->message().c_str());
  for (const std::string& remark : cut.remarks) std::printf("note: %s\n", remark.c_str());
}

// `keys`: how many match --keys.
void tell(const journal::Cut& cut, const journal::RestoreReport& report, std::optional<uint64_t> keys,
          const Options& options) {
  if (options.json) {
    std::printf("%s\n", restore_json(cut, report, options.out, keys).c_str());
    return;
  }
  print(cut, report, options);
  if (keys)
    std::printf("  keys      only the %s that match %s\n", plural(*keys, "key").c_str(),
                options.keys.c_str());
}

// What a cut alone tells.
journal::RestoreReport facts_of(const journal::Cut& cut) {
  journal::RestoreReport report;
  report.replid = cut.replid;
  report.offset = cut.offset;
  report.time_ms = cut.time_ms;
  return report;
}

journal::KeysOnlyOptions keys_options(const Options& options, const std::string& parent, Progress& progress) {
  journal::KeysOnlyOptions keys;
  keys.pattern = options.keys;
  keys.redis_server = options.redis_server;
  keys.parent_dir = parent;
  keys.progress = progress.callback();
  return keys;
}

Status write_out(const journal::Cut& cut, const Options& options) {
  Progress progress("restoring", cut.bytes());
  std::optional<uint64_t> keys;
  journal::RestoreReport report;
  if (options.keys.empty()) {
    auto written = journal::write_restore(cut, options.out, progress.callback());
    if (!written.ok()) return written.error();
    report = written.value();
  } else {
    auto target = journal::RestoreTarget::create(options.out);
    if (!target.ok()) return target.error();
    const std::string& dir = target.value()->files_dir();
    auto written = journal::write_keys_only(cut, keys_options(options, dir, progress),
                                            dir + "/" + journal::base_name(1), offline_stop());
    if (!written.ok()) return written.error();
    if (Status listed = journal::write_base_manifest(dir, 1); !listed.ok()) return listed;
    if (Status kept = target.value()->keep(); !kept.ok()) return kept;
    report = written.value().restored;
    keys = written.value().keys;
  }
  tell(cut, report, keys, options);
  if (options.json) return {};
  std::printf("start it with: redis-server --dir %s --appendonly yes\n", options.out.c_str());
  return {};
}

Status serve(journal::Cut cut, const Options& options, ServingPlan plan) {
  if (options.keys.empty()) {
    const journal::CutData data(std::move(cut));
    // A Redis drops what it has when it is given a snapshot. It must not turn out afterwards that the rest is
    // damaged.
    {
      Progress progress("verifying", data.cut().bytes());
      if (Status verified = verify_data(data, progress); !verified.ok()) return verified;
    }
    return serve_restore(data, std::move(plan),
                         [&] { tell(data.cut(), facts_of(data.cut()), std::nullopt, options); });
  }
  auto scratch = journal::ScratchDir::create(journal::temporary_directory());
  if (!scratch.ok()) return scratch.error();
  Progress progress("restoring", cut.bytes());
  const std::string rdb = scratch.value()->file("keys.rdb");
  auto written = journal::write_keys_only(cut, keys_options(options, scratch.value()->path(), progress), rdb,
                                          offline_stop());
  if (!written.ok()) return written.error();
  auto file = journal::FileReader::open(rdb);
  if (!file.ok()) return file.error();
  const journal::RdbData data(std::move(file).value(), journal::random_replid(), cut.offset);
  return serve_restore(data, std::move(plan),
                       [&] { tell(cut, written.value().restored, written.value().keys, options); });
}

Status restore_from(const journal::Archive& archive, journal::CutRequest request, const Options& options,
                    const std::optional<ServingPlan>& plan) {
  auto cut = [&] {
    Progress search("looking for the moment", 0);
    request.progress = search.callback();
    return journal::find_cut(archive, request);
  }();
  if (!cut.ok()) return cut.error();
  return plan ? serve(std::move(cut).value(), options, *plan) : write_out(cut.value(), options);
}

// The number of the base that a restore would begin with, if it is not what was written and another one is
// before it.
std::optional<uint64_t> damaged_base(const journal::Archive& archive, const journal::CutRequest& request) {
  const auto cut = journal::find_cut(archive, request);
  if (!cut.ok() || cut.value().base == 0) return std::nullopt;
  const auto whole = journal::is_whole(cut.value().from());
  if (!whole.ok() || whole.value()) return std::nullopt;
  return cut.value().from().facts.sequence;
}

Status run(const Options& options) {
  begin_offline();
  if (options.out.empty() == options.serving.address.empty())
    return Error(ErrorCode::kInvalid, "name a directory with --out, or an address with --serve, not both");
  auto request = request_of(options);
  if (!request.ok()) return request.error();
  std::optional<ServingPlan> plan;
  if (!options.serving.address.empty()) {
    auto planned = plan_serving(options.serving);
    if (!planned.ok()) return planned.error();
    plan = std::move(planned).value();
  }
  auto archive = journal::read_archive(options.journal);
  if (!archive.ok()) return archive.error();
  if (!options.out.empty()) {
    if (Status outside = journal::RestoreTarget::check_outside(options.out, options.journal); !outside.ok())
      return outside;
    if (Status usable = journal::RestoreTarget::check(options.out); !usable.ok()) return usable;
  }
  while (true) {
    const Status done = restore_from(archive.value(), request.value(), options, plan);
    // A damaged base costs nothing but time where there is an earlier one: the segments behind that give the
    // same data.
    if (Status on = not_interrupted(); !done.ok() && !on.ok()) return on;
    if (done.ok() || done.error().code() != ErrorCode::kCorrupt) return done;
    const auto damaged = damaged_base(archive.value(), request.value());
    if (!damaged) return done;
    request.value().distrusted.push_back(*damaged);
  }
}

}  // namespace

void add_restore_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* restore = app.add_subcommand(
      "restore",
      "Make a directory from a journal, as it was at any moment, that a stock redis-server starts from");
  add_journal_choice(*restore, options->choice);
  restore->add_option("--to", options->to, "The moment; see below")->capture_default_str();
  restore
      ->add_option("--before", options->before,
                   "Just before this command: its name, and arguments that it must have")
      ->check(not_empty);
  restore
      ->add_option("--occurrence", options->occurrence,
                   "Which one --before means: 1 is the first that is kept, -1 the last, -2 the one before")
      ->capture_default_str();
  restore->add_option("--generation", options->generation, "Only this generation (see: holdfast journal ls)")
      ->check(counts_from_one);
  restore->add_flag("--until-damage", options->until_damage,
                    "From a damaged journal: take what lies before the damage");
  restore->add_option("--out", options->out, "The directory to make; it must not exist or be empty")
      ->check(not_empty);
  ServingOptions& serving = options->serving;
  restore
      ->add_option("--serve", serving.address,
                   "Instead: serve it on this address (host:port) to any Redis that is told REPLICAOF")
      ->check(not_empty);
  restore->add_option("--password-file", serving.password_file,
                      "With --serve: ask for the password in this file (masterauth there)");
  restore->add_option("--cert", serving.cert,
                      "With --serve: use TLS (tls-replication yes there), with this certificate");
  restore->add_option("--key", serving.key, "Its private key");
  restore->add_option("--client-ca", serving.client_ca,
                      "Only to a Redis with a certificate of one of these authorities");
  restore
      ->add_option("--keys", options->keys,
                   "Only keys that match this pattern, like 'order:*'; needs a redis-server program")
      ->check(not_empty);
  restore->add_option("--redis-server", options->redis_server, "That program; without it the one in PATH");
  restore->add_flag("--json", options->json, "Tell what was done in JSON");
  restore->footer(kFooter);
  restore->callback([options, &exit_code] {
    options->serving.json = options->json;
    const auto dir = choose_directory(options->choice, "restore");
    exit_code = kBadInput;
    if (!dir) return;
    options->journal = *dir;
    const Status status = run(*options);
    exit_code = status.ok() ? kDone : report_error(status.error(), "restore");
  });
}

}  // namespace holdfast::cli
