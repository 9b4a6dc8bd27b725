#include "metrics/self_text.h"

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "metrics/configured_words.h"
#include "metrics/histogram_snapshot.h"
#include "metrics/readiness.h"
#include "policy/command_table.h"

namespace holdfast::metrics {
namespace {

// Of one environment, all workers together.
struct Totals {
  uint64_t clients = 0, slow = 0, uncertain = 0;
  uint64_t requests = 0, refused = 0, observed = 0, unavailable = 0;
  HistogramSnapshot duration, in_holdfast, in_redis, durable_wait;
};

Totals totals_of(const Sources& sources, size_t environment) {
  Totals totals;
  for (const WorkerStats* worker : sources.workers) {
    if (environment >= worker->environments.size()) continue;
    const EnvironmentStats& stats = worker->environments[environment];
    totals.clients += stats.clients.get();
    totals.slow += stats.slow_requests.get();
    totals.uncertain += stats.uncertain_replies.get();
    for (size_t i = 0; i < policy::commands().size(); ++i) {
      const auto id = static_cast<policy::CommandId>(i);
      for (size_t v = 0; v < kRequestVerdicts; ++v)
        totals.requests += stats.requests(id, static_cast<RequestVerdict>(v)).get();
      totals.refused += stats.requests(id, RequestVerdict::kRefused).get();
      totals.observed += stats.requests(id, RequestVerdict::kObserved).get();
      totals.unavailable += stats.requests(id, RequestVerdict::kUnavailable).get();
    }
    totals.duration.add(stats.request_duration);
    totals.in_holdfast.add(stats.in_holdfast);
    totals.in_redis.add(stats.in_redis);
    totals.durable_wait.add(stats.durable_wait);
  }
  return totals;
}

template <typename Named>
size_t place_of(const std::vector<Named>& all, std::string_view name) {
  return static_cast<size_t>(std::ranges::find(all, name, &Named::name) - all.begin());
}

const journal::Journal* journal_of(const Sources& sources, size_t upstream) {
  return upstream < sources.journals.size() ? sources.journals[upstream] : nullptr;
}

uint64_t lag_bytes(const journal::Journal& journal) {
  const uint64_t durable = journal.watermark().durable_offset.load();
  const uint64_t received = journal.stats().received_offset.get();
  return received > durable ? received - durable : 0;
}

std::string microseconds(double seconds) {
  return std::to_string(static_cast<uint64_t>(seconds * 1e6));
}

std::string milliseconds(double seconds) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.3f ms", seconds * 1e3);
  return text;
}

// A sentence as the value of a field.
std::string as_value(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
    if (c == ',') c = ';';
  }
  return text;
}

std::string duration_of(int64_t seconds) {
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

// The names of the rules that are not met: "aof, noeviction".
std::string posture_problems(const Sources& sources, size_t upstream) {
  std::string names;
  if (sources.posture == nullptr || upstream >= sources.config->upstreams.size()) return names;
  for (const posture::Finding& finding : sources.posture(upstream).findings)
    if (finding.is_problem()) names += (names.empty() ? "" : ", ") + std::string(finding.rule->name);
  return names;
}

}  // namespace

std::string info_section(const Sources& sources, const config::Environment& environment,
                         const std::vector<std::string>& problems) {
  std::string text = "# Holdfast\r\n";
  const auto field = [&](std::string_view name, std::string_view value) {
    text.append("holdfast_").append(name).append(":").append(value).append("\r\n");
  };
  const auto number = [&](std::string_view name, uint64_t value) { field(name, std::to_string(value)); };
  field("version", sources.version);
  number("uptime_in_seconds",
         static_cast<uint64_t>(std::max<int64_t>(unix_ms() - sources.started_unix_ms, 0) / 1000));
  number("ready", problems.empty() ? 1 : 0);
  if (!problems.empty()) field("problem", as_value(problems.front()));
  field("environment", as_value(environment.name));
  field("mode", name_of(environment.mode));
  field("durability", name_of(environment.durability.value));
  const Totals totals = totals_of(sources, place_of(sources.config->environments, environment.name));
  number("clients", totals.clients);
  number("requests", totals.requests);
  number("refused", totals.refused);
  number("observed", totals.observed);
  number("unavailable", totals.unavailable);
  number("uncertain", totals.uncertain);
  number("slow_requests", totals.slow);
  field("latency_p50_usec", microseconds(totals.duration.quantile_seconds(0.5)));
  field("latency_p99_usec", microseconds(totals.duration.quantile_seconds(0.99)));
  field("in_holdfast_p99_usec", microseconds(totals.in_holdfast.quantile_seconds(0.99)));
  field("in_redis_p99_usec", microseconds(totals.in_redis.quantile_seconds(0.99)));
  field("durable_wait_p99_usec", microseconds(totals.durable_wait.quantile_seconds(0.99)));
  const size_t upstream = place_of(sources.config->upstreams, environment.upstream);
  field("upstream", as_value(environment.upstream));
  number("upstream_up", count_links(sources, upstream).all_up() ? 1 : 0);
  if (const std::string rules = posture_problems(sources, upstream); !rules.empty())
    field("posture_problems", rules);
  const journal::Journal* journal = journal_of(sources, upstream);
  number("journal_enabled", journal != nullptr ? 1 : 0);
  if (journal == nullptr) return text;
  const journal::JournalStats& stats = journal->stats();
  number("journal_connected", stats.connected.get());
  number("journal_accepting", journal->watermark().accepting.load() ? 1 : 0);
  number("journal_received_offset", stats.received_offset.get());
  number("journal_durable_offset", journal->watermark().durable_offset.load());
  number("journal_lag_bytes", lag_bytes(*journal));
  number("journal_generation", stats.generation.get());
  number("journal_segments", stats.segments.get());
  number("journal_disk_bytes", stats.disk_bytes.get());
  number("journal_oldest_restorable_unixtime", stats.oldest_restorable_ms.get() / 1000);
  HistogramSnapshot fdatasyncs;
  fdatasyncs.add(stats.fdatasync_duration);
  field("journal_fdatasync_p99_usec", microseconds(fdatasyncs.quantile_seconds(0.99)));
  return text;
}

std::vector<std::string> status_lines(const Sources& sources, const config::Environment& environment,
                                      const std::vector<std::string>& problems) {
  std::vector<std::string> lines;
  const int64_t up_s = std::max<int64_t>(unix_ms() - sources.started_unix_ms, 0) / 1000;
  lines.push_back("holdfast " + sources.version + ", up " + duration_of(up_s) + ": " +
                  (problems.empty() ? "ready" : "NOT READY"));
  for (const std::string& problem : problems) lines.push_back("problem      " + problem);
  const Totals totals = totals_of(sources, place_of(sources.config->environments, environment.name));
  lines.push_back("environment  " + environment.name + ": mode " + name_of(environment.mode) +
                  ", durability " + name_of(environment.durability.value) + ", " +
                  std::to_string(totals.clients) + " clients");
  lines.push_back("requests     " + std::to_string(totals.requests) + ": " + std::to_string(totals.refused) +
                  " refused, " + std::to_string(totals.observed) + " observed, " +
                  std::to_string(totals.unavailable) + " unavailable, " + std::to_string(totals.uncertain) +
                  " uncertain, " + std::to_string(totals.slow) + " slow");
  lines.push_back("latency      p50 " + milliseconds(totals.duration.quantile_seconds(0.5)) + ", p99 " +
                  milliseconds(totals.duration.quantile_seconds(0.99)) + "; p99 in Holdfast " +
                  milliseconds(totals.in_holdfast.quantile_seconds(0.99)) + ", in Redis " +
                  milliseconds(totals.in_redis.quantile_seconds(0.99)) + ", to durable " +
                  milliseconds(totals.durable_wait.quantile_seconds(0.99)));
  const size_t upstream = place_of(sources.config->upstreams, environment.upstream);
  const LinkCount links = count_links(sources, upstream);
  lines.push_back("upstream     " + environment.upstream + ": " + (links.all_up() ? "up" : "DOWN") + ", " +
                  std::to_string(links.up) + " of " + std::to_string(links.wanted) + " connections");
  if (const journal::Journal* journal = journal_of(sources, upstream); journal != nullptr) {
    const journal::JournalStats& stats = journal->stats();
    lines.push_back(std::string("journal      ") +
                    (journal->watermark().accepting.load() ? "accepting" : "NOT ACCEPTING") +
                    ", durable offset " + std::to_string(journal->watermark().durable_offset.load()) +
                    ", lag " + std::to_string(lag_bytes(*journal)) + " bytes, " +
                    std::to_string(stats.segments.get()) + " segments, " +
                    std::to_string(stats.disk_bytes.get()) + " bytes on disk");
  } else {
    lines.push_back("journal      none");
  }
  if (const std::string rules = posture_problems(sources, upstream); !rules.empty())
    lines.push_back("posture      rules that are not met: " + rules);
  return lines;
}

}  // namespace holdfast::metrics
