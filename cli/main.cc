#include <CLI/CLI.hpp>
#include <exception>

#include "cli/commands.h"
#include "cli/doctor_command.h"
#include "cli/journal_view.h"
#include "cli/version.h"

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

    CLI::App* check = app.add_subcommand("check", "Check a configuration and say what is wrong with it");
    check->add_option("file,-c,--config", config_file,
                      "The configuration; without it the defaults are checked");

    int exit_code = cli::kFailed;
    cli::add_restore_command(app, exit_code);
    CLI::App* journal = app.add_subcommand("journal", "Look into a journal");
    journal->require_subcommand(1);
    cli::add_journal_view_commands(*journal, exit_code);

    std::string journal_dir;
    CLI::App* accept = app.add_subcommand(
        "accept", "After a history break: go on with what Redis has now, and keep the old generation");
    accept->add_option("--journal", journal_dir, "The journal's directory")->required();

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

    CLI11_PARSE(app, argc, argv);
    if (*run) return cli::run(config_file);
    if (*check) return cli::check(config_file);
    if (*doctor) return cli::doctor(doctor_options);
    if (*accept) return cli::accept(journal_dir);
    return exit_code;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "holdfast: %s\n", problem.what());
  }
  return cli::kFailed;
}
