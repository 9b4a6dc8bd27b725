#include "cli/top_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <utility>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/terminal.h"
#include "cli/top_screen.h"
#include "config/read_file.h"

namespace holdfast::cli {
namespace {

constexpr int64_t kRefreshMs = 1'000;
constexpr size_t kTokenMax = 64 * 1024;
constexpr const char* kDefaultAddress = "http://127.0.0.1:9121";

struct Options {
  std::string admin;        // empty: the configuration's, or the default
  std::string config_file;  // empty: none
  std::string token_file, ca, cert, key;
  bool once = false;
  bool json = false;
};

int report(const Error& error) {
  std::fprintf(stderr, "holdfast top: %s\n", error.message().c_str());
  return error.code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

// Of a listener that takes connections for every address of the machine, the loopback one.
Endpoint reachable(Endpoint endpoint) {
  if (endpoint.host == "0.0.0.0") endpoint.host = "127.0.0.1";
  if (endpoint.host == "::") endpoint.host = "::1";
  return endpoint;
}

Result<AdminAddress> address_of(const Options& options, const config::Config* config) {
  AdminAddress address;
  if (!options.admin.empty() || config == nullptr) {
    auto parsed = parse_admin_address(options.admin.empty() ? kDefaultAddress : options.admin);
    if (!parsed.ok()) return parsed.error();
    address = std::move(parsed).value();
  } else {
    address.endpoint = reachable(config->server.admin.value);
    address.tls = config->server.admin_tls.has_value();
  }
  if (config != nullptr && !config->server.admin_tokens.empty())
    address.token = config->server.admin_tokens.front();
  address.ca = options.ca;
  address.cert = options.cert;
  address.key = options.key;
  if (!options.token_file.empty()) {
    auto token = config::read_file(options.token_file, kTokenMax);
    if (!token.ok()) return token.error();
    address.token = token.value().substr(0, token.value().find_first_of("\r\n"));
  }
  return address;
}

// One answer, shown. The error is the first thing that a person has to know.
Status show_once(const AdminClient& client, const Options& options, Terminal* terminal, bool& readable) {
  auto status = client.get("/status");
  if (!status.ok()) return status.error();
  if (options.json) {
    const std::string& text = status.value();
    readable = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return {};
  }
  const size_t width = terminal != nullptr ? terminal->width() : 160;
  const size_t height = terminal != nullptr && terminal->is_screen() ? terminal->height() : 60;
  auto lines = top_lines(status.value(), client.address().to_string(), width, height);
  if (!lines.ok()) return lines.error();
  if (terminal != nullptr) {
    readable = terminal->show(lines.value());
    return {};
  }
  for (const std::string& line : lines.value()) std::printf("%s\n", line.c_str());
  readable = std::fflush(stdout) == 0;
  return {};
}

int run(const Options& options) {
  config::LoadResult loaded;
  if (!options.config_file.empty()) {
    loaded = load_and_check(options.config_file);
    if (!loaded.config) {
      draw_errors(loaded.problems);
      return kBadInput;
    }
  }
  auto address = address_of(options, loaded.config ? &*loaded.config : nullptr);
  if (!address.ok()) return report(address.error());
  bool readable = true;
  if (options.once) {
    const journal::StopSignal never;
    auto client = AdminClient::open(std::move(address).value(), never);
    if (!client.ok()) return report(client.error());
    const Status shown = show_once(client.value(), options, nullptr, readable);
    return shown.ok() ? kDone : report(shown.error());
  }
  Status problem;
  {
    // Whoever does not answer at the beginning is told on a screen that stays.
    const journal::StopSignal never;
    auto client = AdminClient::open(address.value(), never);
    if (!client.ok()) return report(client.error());
    if (auto first = client.value().get("/status"); !first.ok()) return report(first.error());
  }
  {
    Terminal terminal(!options.json);
    auto client = AdminClient::open(std::move(address).value(), terminal.stop());
    if (!client.ok()) return report(client.error());
    do {
      problem = show_once(client.value(), options, &terminal, readable);
      if (problem.ok() || terminal.stop().requested()) continue;
      // It may be starting again.
      if (!terminal.is_screen() || options.json) break;
      terminal.show({problem.error().message(), "", "trying again; q leaves"});
    } while (readable && terminal.wait_ms(kRefreshMs));
    if (terminal.stop().requested()) problem = {};
    if (terminal.is_screen()) problem = {};
  }
  return problem.ok() ? kDone : report(problem.error());
}

}  // namespace

void add_top_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* top = app.add_subcommand(
      "top", "Watch a running Holdfast: requests/s, latency, lag, refusals, slowest requests, hottest keys");
  top->add_option("--admin", options->admin,
                  std::string("Its admin address; without it that of --config, or ") + kDefaultAddress);
  top->add_option("-c,--config", options->config_file, "The configuration that it runs with");
  top->add_option("--token-file", options->token_file,
                  "A file with the token that the admin address asks for");
  top->add_option("--ca", options->ca, "https: the authority of its certificate");
  top->add_option("--cert", options->cert, "https: our certificate");
  top->add_option("--key", options->key, "https: its key");
  top->add_flag("--once", options->once, "Show it once and leave");
  top->add_flag("--json", options->json, "The object of /status instead, one a line");
  top->footer(
      "q or Ctrl-C leaves. Rates and percentiles are those of the last second.\n"
      "Exit code: 0 left, or shown; 1 it does not answer; 2 the command line is wrong.");
  top->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace holdfast::cli
