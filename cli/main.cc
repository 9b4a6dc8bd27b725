#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "cli/commands.h"
#include "cli/doctor_command.h"
#include "cli/journal_view.h"
#include "cli/top_command.h"
#include "cli/version.h"

namespace {

// What was printed has to be somewhere: a full disk behind `> FILE` is a failure, a reader that has left is
// not.
int flushed(int exit_code) {
  errno = 0;
  const bool failed_before = std::ferror(stdout) != 0;
  const bool failed = std::fflush(stdout) != 0 || failed_before;
  if (!failed || errno == EPIPE) return exit_code;
  const std::string why = errno != 0 ? std::string(": ") + std::strerror(errno) : "";
  std::fprintf(stderr, "holdfast: cannot write to the standard output%s\n", why.c_str());
  return exit_code == holdfast::cli::kDone ? holdfast::cli::kFailed : exit_code;
}

// In one sentence. CLI11 says only that a command is missing where one is not known.
std::string what_is_wrong(CLI::App& app, const CLI::ParseError& problem, int argc, char** argv) {
  CLI::App* command = &app;
  std::string name = "holdfast";
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    CLI::App* next = nullptr;
    for (CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; }))
      next = sub->get_name() == argv[i] ? sub : next;
    if (next == nullptr && command->get_require_subcommand_min() > 0)
      return "'" + std::string(argv[i]) + "' is not a command; see " + name + " --help";
    if (next == nullptr) break;
    command = next;
    name += " " + std::string(argv[i]);
  }
  return std::string(problem.what()) + "; see " + name + " --help";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace holdfast;
  // CLI11 throws out of parse() what CLI11_PARSE turns into an exit code; nothing else may leave main.
  try {
    CLI::App app("Holdfast: a sidecar that makes the Redis you run durable, guarded and observable.",
                 "holdfast");
    app.set_version_flag("--version", cli::version());
    app.require_subcommand(1);

    std::string config_file;
    CLI::App* run = app.add_subcommand("run", "Serve: listen for applications in front of Redis");
    run->add_option("-c,--config", config_file, "The configuration; without it the defaults are served");

    cli::CheckOptions check_options;
    CLI::App* check = app.add_subcommand("check", "Check a configuration and say what is wrong with it");
    check->add_option("file,-c,--config", check_options.config_file,
                      "The configuration; without it the defaults are checked");
    check->add_flag("--json", check_options.json, "One JSON object instead of text");
    check->add_flag("--strict", check_options.strict, "Warnings are errors too");
    check->add_option("--test", check_options.tests, "A table of expected verdicts to test the policy with");
    check->footer(
        "Exit code: 0 good (perhaps with warnings), 1 a test of --test failed, 2 something is wrong.");

    cli::ExplainOptions explain_options;
    CLI::App* explain =
        app.add_subcommand("explain", "Say what becomes of a command, and which rule decides");
    explain->add_option("-c,--config", explain_options.config_file,
                        "The configuration; without it the defaults");
    explain->add_option("--env", explain_options.environment, "The environment; without it 'default'");
    explain->add_option("--user", explain_options.user, "The user; without it who has not logged in");
    explain->add_flag("--json", explain_options.json, "One JSON object instead of text");
    explain->add_option("command", explain_options.command, "The command line, after --");
    explain->footer("Exit code: 0 allowed or observed, 3 refused, 2 the question is wrong.");

    int exit_code = cli::kFailed;
    cli::add_restore_command(app, exit_code);
    cli::add_top_command(app, exit_code);
    CLI::App* journal = app.add_subcommand("journal", "Look into a journal, and after it");
    journal->require_subcommand(1);
    cli::add_journal_view_commands(*journal, exit_code);

    cli::JournalChoice journal_choice;
    CLI::App* accept = app.add_subcommand(
        "accept", "After a history break: go on with what Redis has now, and keep the old generation");
    cli::add_journal_choice(*accept, journal_choice);

    cli::DoctorOptions doctor_options;
    CLI::App* doctor = app.add_subcommand(
        "doctor", "Examine any Redis, read-only: is it a cache or a database, and is it ready for that?");
    doctor->add_option("url", doctor_options.url, "redis://, rediss:// or unix://")->capture_default_str();
    doctor->add_option("--password-file", doctor_options.password_file, "The password, in a file");
    doctor->add_option("--ca", doctor_options.ca, "rediss://: the authority of its certificate");
    doctor->add_option("--cert", doctor_options.cert, "rediss://: our certificate");
    doctor->add_option("--key", doctor_options.key, "rediss://: its key");
    doctor->add_flag("--json", doctor_options.json, "For machines");
    doctor->add_option("--write-config", doctor_options.config_out,
                       "Write a holdfast.toml for the keys that were seen; the file must not exist");
    doctor->add_option("--keys", doctor_options.keys, "How many keys to look at, at the most")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    doctor->add_option("--seconds", doctor_options.seconds, "How long to look at keys, at the most")
        ->check(CLI::Range(1, 3'600))
        ->capture_default_str();
    doctor->footer(
        "Exit code: 0 a cache, or a database that is ready, and nothing critical; 3 a person has to look;\n"
        "1 it could not be asked; 2 the command line is wrong.");

    cli::RehearseOptions rehearse_options;
    CLI::App* rehearse = app.add_subcommand(
        "rehearse", "Restore a journal into a redis-server of its own and compare it with the live Redis");
    cli::add_journal_choice(*rehearse, rehearse_options.journal);
    rehearse->add_option("--url", rehearse_options.url, "The live Redis; without it the configuration's");
    rehearse->add_option("--redis-server", rehearse_options.redis_server,
                         "The program; without it the configuration's, or the one in PATH");
    rehearse->add_option("--samples", rehearse_options.samples, "How many keys are compared by content")
        ->capture_default_str();
    rehearse->add_flag("--json", rehearse_options.json, "For machines");

    bool only_lost = false;
    CLI::App* recover = app.add_subcommand(
        "recover",
        "After a history break: give Redis what is journaled, and keep what it has as a generation");
    cli::add_journal_choice(*recover, journal_choice);
    recover->add_flag("--only-lost", only_lost,
                      "Only run the operations that it lost again, where nothing newer touched their keys");

    bool as_json = false;
    CLI::App* lost = journal->add_subcommand(
        "lost", "Operations that were missing in Redis after a failover or restart, and what became of them");
    cli::add_journal_choice(*lost, journal_choice);
    lost->add_flag("--json", as_json, "For machines");

    cli::CompactOptions compact_options;
    CLI::App* compact = journal->add_subcommand(
        "compact", "Make the next base of a journal with a redis-server of its own, away from the live one");
    cli::add_journal_choice(*compact, compact_options.journal);
    compact->add_option("--redis-server", compact_options.redis_server,
                        "The program; without it the configuration's, or the one in PATH");
    compact->add_flag("--json", compact_options.json, "For machines");

    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
      if (problem.get_exit_code() == 0) return app.exit(problem), flushed(cli::kDone);
      std::fprintf(stderr, "holdfast: %s\n", what_is_wrong(app, problem, argc, argv).c_str());
      return cli::kBadInput;
    }
    if (*rehearse) return flushed(cli::rehearse(rehearse_options));
    if (*compact) return flushed(cli::compact(compact_options));
    if (*run) return cli::run(config_file);
    if (*check) return cli::check(check_options);
    if (*explain) return cli::explain(explain_options);
    if (*doctor) return cli::doctor(doctor_options);
    if (*accept) return flushed(cli::accept(journal_choice));
    if (*lost) return flushed(cli::journal_lost(journal_choice, as_json));
    if (*recover) return flushed(cli::recover(journal_choice, only_lost));
    return flushed(exit_code);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "holdfast: %s\n", problem.what());
  }
  return cli::kFailed;
}
