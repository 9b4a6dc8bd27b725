#include <CLI/CLI.hpp>
#include <exception>

#include "cli/commands.h"
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

    cli::RestoreOptions options;
    CLI::App* restore = app.add_subcommand(
        "restore", "Make a directory from a journal that a stock redis-server starts from");
    restore->add_option("--journal", options.journal_dir, "The journal's directory")->required();
    restore->add_option("--to", options.to, "How far: 'latest'")->capture_default_str();
    restore->add_option("--out", options.out_dir, "The directory to make; it must not exist or be empty")
        ->required();

    std::string journal_dir;
    CLI::App* accept = app.add_subcommand(
        "accept", "After a history break: go on with what Redis has now, and keep the old generation");
    accept->add_option("--journal", journal_dir, "The journal's directory")->required();

    CLI11_PARSE(app, argc, argv);
    if (*run) return cli::run(config_file);
    if (*check) return cli::check(config_file);
    if (*restore) return cli::restore(options);
    if (*accept) return cli::accept(journal_dir);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "holdfast: %s\n", problem.what());
  }
  return cli::kFailed;
}
