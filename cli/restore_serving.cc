#include "cli/restore_serving.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <utility>

#include "cli/offline.h"
#include "cli/readable.h"
#include "config/config.h"
#include "journal/cut_finder.h"
#include "tls/context.h"

namespace holdfast::cli {
namespace {

constexpr int64_t kLookMs = 200;
constexpr int64_t kPingPeriodMs = 10'000;

using journal::ReplicaProgress;

// One line for each step of a replica, said once.
std::string step_of(const ReplicaProgress& replica, uint64_t end) {
  switch (replica.phase) {
    case ReplicaProgress::Phase::kConnected:
      return "has connected";
    case ReplicaProgress::Phase::kBase:
      return "receives the snapshot, " + readable_bytes(replica.total);
    case ReplicaProgress::Phase::kStream:
    case ReplicaProgress::Phase::kGiven:
      if (replica.acknowledged >= end)
        return "has everything, up to offset " + std::to_string(end) + "; tell it: REPLICAOF NO ONE";
      return "receives what came after the snapshot";
    case ReplicaProgress::Phase::kEnded:
      return replica.problem.empty() ? "has left" : "has left: " + replica.problem;
  }
  return "";
}

Result<journal::ServingRules> rules_of(const Endpoint& where, const ServingOptions& options) {
  journal::ServingRules rules;
  rules.ping_period_ms = kPingPeriodMs;
  if (!options.password_file.empty()) {
    std::ifstream file(options.password_file);
    if (!std::getline(file, rules.password) || rules.password.empty()) {
      return Error(ErrorCode::kInvalid,
                   "--password-file: cannot read a password from the first line of " + options.password_file);
    }
    if (rules.password.ends_with('\r')) rules.password.pop_back();
  }
  if (options.cert.empty() != options.key.empty())
    return Error(ErrorCode::kInvalid, "--cert and --key belong together");
  if (!options.client_ca.empty() && options.cert.empty())
    return Error(ErrorCode::kInvalid, "--client-ca needs --cert and --key");
  if (!options.cert.empty()) {
    config::TlsFiles files;
    files.cert = options.cert;
    files.key = options.key;
    files.ca = options.client_ca;
    auto context = tls::Context::for_server(files);
    if (!context.ok()) return Error(ErrorCode::kInvalid, "--cert: " + context.error().message());
    rules.tls = context.value();
    rules.tls_required = true;
  }
  if (!where.is_loopback_or_unix() && rules.password.empty() && options.client_ca.empty()) {
    std::fprintf(
        stderr,
        "holdfast restore: warning: whoever reaches %s gets all of these data; --password-file asks for "
        "a password (masterauth there), --cert and --key encrypt\n",
        where.to_string().c_str());
  }
  return rules;
}

}  // namespace

Result<ServingPlan> plan_serving(const ServingOptions& options) {
  const auto where = Endpoint::parse(options.address);
  if (!where.ok()) return where.error().prefixed("--serve");
  auto rules = rules_of(where.value(), options);
  if (!rules.ok()) return rules.error();
  return ServingPlan{where.value(), std::move(rules).value(), options.json};
}

Status verify_data(const journal::ReplicationData& data, Progress& progress) {
  const auto count = [&progress](std::string_view bytes) { return progress.add(bytes.size()); };
  if (Status base = data.read_base(count); !base.ok()) return base;
  const Status stream = data.read_stream(data.start(), count);
  return stream.ok() ? stream : journal::damaged(stream.error());
}

Status serve_restore(const journal::ReplicationData& data, ServingPlan plan,
                     const std::function<void()>& begun) {
  const bool is_json = plan.is_json;
  auto source = journal::ReplicationSource::listen(plan.where, data, std::move(plan.rules));
  if (!source.ok()) return source.error().prefixed("--serve " + plan.where.to_string());
  begun();
  const Endpoint endpoint = source.value()->endpoint();
  if (is_json) {
    std::printf("{\"serving\":\"%s\"}\n", endpoint.to_string().c_str());
  } else {
    std::printf(
        "serving it on %s until Ctrl-C. On a Redis that may lose what it has:\n"
        "  REPLICAOF %s %u\n"
        "and, when it has everything: REPLICAOF NO ONE\n",
        endpoint.to_string().c_str(), endpoint.host.c_str(), endpoint.port);
  }
  std::fflush(stdout);
  std::map<std::string, std::string> told;
  while (!interrupted()) {
    for (const ReplicaProgress& replica : source.value()->replicas()) {
      const std::string step = step_of(replica, data.end());
      std::string& last = told[replica.peer];
      if (step == last) continue;
      last = step;
      if (!is_json) std::printf("%s %s\n", replica.peer.c_str(), step.c_str());
    }
    std::fflush(stdout);
    (void)offline_stop().sleep_ms(kLookMs);
  }
  return {};
}

}  // namespace holdfast::cli
