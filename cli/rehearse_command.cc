// `holdfast rehearse`: a restore into a redis-server of our own, compared with the live Redis.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/journal_choice.h"
#include "cli/offline.h"
#include "cli/waiting.h"
#include "config/redis_url.h"
#include "journal/rehearsal.h"
#include "journal/rehearser.h"
#include "tls/credential_set.h"

namespace holdfast::cli {
namespace {

int report(const Error& error) {
  return report_error(error, "rehearse");
}

void print_json(const journal::RehearsalReport& report) {
  nlohmann::ordered_json json;
  json["good"] = report.good();
  json["generation"] = report.generation;
  json["offset"] = report.offset;
  json["journal_bytes"] = report.bytes;
  json["recover_seconds"] = static_cast<double>(report.recover_ms) / 1e3;
  json["keys"] = report.keys;
  json["compared"] = report.compared;
  if (report.compared) {
    json["live_keys"] = report.live_keys;
    json["sampled_keys"] = report.sampled;
    json["changing_keys"] = report.changing;
    json["mismatches"] = report.mismatch_count;
    json["first_mismatches"] = report.mismatches;
  }
  // Keys may hold any bytes.
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void print_text(const journal::RehearsalReport& report) {
  std::printf("restored     generation %llu up to offset %llu, %llu bytes of journal\n",
              static_cast<unsigned long long>(report.generation),
              static_cast<unsigned long long>(report.offset), static_cast<unsigned long long>(report.bytes));
  std::printf("recovered in %.3f s\n", static_cast<double>(report.recover_ms) / 1e3);
  std::printf("keys         %llu restored", static_cast<unsigned long long>(report.keys));
  if (!report.compared) {
    std::printf("; not compared with a live Redis\n");
    return;
  }
  std::printf(", %llu in the live Redis\n", static_cast<unsigned long long>(report.live_keys));
  std::printf("compared     %llu keys by content, %llu of them changed too often\n",
              static_cast<unsigned long long>(report.sampled),
              static_cast<unsigned long long>(report.changing));
  std::printf("mismatches   %llu\n", static_cast<unsigned long long>(report.mismatch_count));
  for (const std::string& mismatch : report.mismatches) std::printf("  %s\n", mismatch.c_str());
}

}  // namespace

int rehearse(const RehearseOptions& options) {
  begin_offline();
  auto chosen = choose_journal(options.journal, "rehearse");
  if (!chosen) return kBadInput;
  config::Upstream& upstream = chosen->upstream();
  // A directory alone does not say which Redis it belongs to.
  const bool has_live =
      options.journal.journal_dir.empty() || !options.journal.config_file.empty() || !options.url.empty();
  if (!options.url.empty()) {
    auto url = config::parse_redis_url(options.url);
    if (!url.ok()) return report(url.error().prefixed("--url"));
    upstream.endpoint.value = url.value().endpoint;
    upstream.user = url.value().user;
    upstream.password = url.value().password;
    if (url.value().tls && !upstream.tls) upstream.tls.emplace();
    if (!url.value().tls) upstream.tls.reset();
  }
  config::ProblemList problems;
  const tls::CredentialSet tls = tls::load_credentials(chosen->config, problems);
  if (!problems.empty()) return report(Error(ErrorCode::kInvalid, problems.lines().front()));
  journal::RehearsalOptions settings;
  settings.journal_dir = upstream.journal.dir.value;
  settings.redis_server = options.redis_server.empty() ? upstream.journal.redis_server : options.redis_server;
  settings.samples = options.samples;
  settings.low_priority = false;
  std::optional<Waiting> waiting;
  settings.progress = [&waiting](const std::string& sentence) {
    waiting.reset();
    std::fprintf(stderr, "%s\n", sentence.c_str());
    waiting.emplace("rehearsing");
  };
  if (has_live) settings.live = &upstream;
  settings.tls = tls.upstreams[chosen->index].get();
  const auto outcome = journal::rehearse(settings, offline_stop());
  waiting.reset();
  if (Status on = not_interrupted(); !outcome.ok() && !on.ok()) return report(on.error());
  if (!outcome.ok()) return report(outcome.error());
  if (options.json)
    print_json(outcome.value());
  else
    print_text(outcome.value());
  return outcome.value().good() ? kDone : kFailed;
}

}  // namespace holdfast::cli
