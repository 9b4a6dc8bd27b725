#include "metrics/status_report.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "metrics/configured_words.h"
#include "metrics/hot_keys.h"
#include "metrics/posture_state.h"
#include "metrics/process_stats.h"
#include "metrics/readiness.h"
#include "metrics/recent_refusals.h"
#include "metrics/slow_log.h"

namespace holdfast::metrics {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kHotKeysShown = 10;
constexpr size_t kSlowShown = 20;
constexpr size_t kCommandsShown = 20;

uint64_t verdict_sum(const EnvironmentStats& stats, policy::CommandId id, RequestVerdict verdict) {
  return stats.requests(id, verdict).get();
}

Json latency_json(const HistogramSnapshot& histogram) {
  return {{"count", histogram.count()},
          {"p50_seconds", histogram.quantile_seconds(0.5)},
          {"p99_seconds", histogram.quantile_seconds(0.99)},
          {"p999_seconds", histogram.quantile_seconds(0.999)}};
}

// The most frequent commands of an environment, with how many of them were refused.
Json commands_json(const Sources& sources, size_t environment) {
  struct Row {
    std::string_view name;
    uint64_t all = 0, refused = 0;
  };
  std::vector<Row> rows;
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    Row row{policy::command(id).name};
    for (const WorkerStats* worker : sources.workers) {
      if (environment >= worker->environments.size()) continue;
      const EnvironmentStats& stats = worker->environments[environment];
      for (size_t v = 0; v < kRequestVerdicts; ++v)
        row.all += verdict_sum(stats, id, static_cast<RequestVerdict>(v));
      row.refused += verdict_sum(stats, id, RequestVerdict::kRefused);
    }
    if (row.all > 0) rows.push_back(row);
  }
  std::ranges::stable_sort(rows, std::greater(), &Row::all);
  if (rows.size() > kCommandsShown) rows.resize(kCommandsShown);
  Json json = Json::array();
  for (const Row& row : rows)
    json.push_back({{"command", row.name}, {"requests", row.all}, {"refused", row.refused}});
  return json;
}

Json journal_json(const journal::Journal& journal, const HistogramSnapshot& fdatasyncs) {
  const journal::JournalStats& stats = journal.stats();
  const uint64_t durable = journal.watermark().durable_offset.load();
  const uint64_t received = stats.received_offset.get();
  return {{"connected", stats.connected.get() != 0},
          {"accepting", journal.watermark().accepting.load()},
          {"received_offset", received},
          {"durable_offset", durable},
          {"lag_bytes", received > durable ? received - durable : 0},
          {"lag_seconds", journal_lag_seconds(stats)},
          {"generation", stats.generation.get()},
          {"segments", stats.segments.get()},
          {"disk_bytes", stats.disk_bytes.get()},
          {"fdatasync", latency_json(fdatasyncs)}};
}

Json posture_json(const PostureState& state) {
  if (!state.watched) return nullptr;
  Json json;
  json["problem"] = state.problem;
  json["unix_ms"] = state.unix_ms;
  if (state.unix_ms == 0)
    json["answer"] = nullptr;
  else
    json["answer"] = {{"use", to_string(state.answer.use)},
                      {"recovers", state.answer.use != posture::Use::kDatabaseNotReady},
                      {"reason", state.answer.reason},
                      {"next", state.answer.next}};
  json["writes_refused"] =
      state.halt ? Json{{"rule", state.halt->rule}, {"reason", state.halt->reason}} : Json(nullptr);
  json["rules"] = Json::array();
  for (const posture::Finding& finding : state.findings)
    json["rules"].push_back(
        {{"rule", finding.rule->name},
         {"group", to_string(finding.rule->group)},
         {"severity", to_string(finding.rule->severity)},
         {"outcome", to_string(finding.check.outcome)},
         {"required", std::ranges::find(state.required, finding.rule->name) != state.required.end()},
         {"reason", finding.check.reason},
         {"what_to_do", finding.rule->what_to_do}});
  return json;
}

Json refusals_json(const Sources& sources) {
  Json json = Json::array();
  if (sources.refusals == nullptr) return json;
  for (const Refusal& refusal : sources.refusals->after(0))
    json.push_back({{"number", refusal.number},
                    {"unix_ms", refusal.unix_ms},
                    {"environment", refusal.environment},
                    {"user", refusal.user},
                    {"client", refusal.client},
                    {"command", refusal.command},
                    {"rule", refusal.rule},
                    {"reason", refusal.reason},
                    {"observed", refusal.observed}});
  return json;
}

Json slow_json(const Sources& sources) {
  Json json = Json::array();
  if (sources.slow_log == nullptr) return json;
  for (const SlowRequest& slow : sources.slow_log->slowest(kSlowShown))
    json.push_back({{"unix_ms", slow.unix_ms},
                    {"environment", slow.environment},
                    {"user", slow.user},
                    {"client", slow.client},
                    {"command", slow.command},
                    {"key", slow.key},
                    {"seconds", static_cast<double>(slow.total_ns()) / 1e9},
                    {"queued_seconds", static_cast<double>(slow.queued_ns) / 1e9},
                    {"redis_seconds", static_cast<double>(slow.redis_ns) / 1e9},
                    {"durable_seconds", static_cast<double>(slow.durable_ns) / 1e9}});
  return json;
}

Json hot_keys_json(const Sources& sources) {
  std::vector<std::vector<HotKey>> workers;
  for (const WorkerStats* worker : sources.workers) workers.push_back(worker->hot_keys.top(HotKeys::kKept));
  Json json = Json::array();
  for (const HotKey& key : merged(workers, kHotKeysShown))
    json.push_back({{"key", key.name}, {"samples", key.count}, {"error", key.error}});
  return json;
}

}  // namespace

// One rendering: what is needed all the way down.
struct StatusReport::Render {
  const Sources& sources;
  const Moment& before;
  const Moment& now;

  double per_second(uint64_t later, uint64_t earlier) const {
    const double seconds = static_cast<double>(now.ns - before.ns) / 1e9;
    return seconds > 0 ? static_cast<double>(later - earlier) / seconds : 0;
  }

  Json environment(size_t i) const {
    const config::Environment& config = sources.config->environments[i];
    const EnvironmentTotals& totals = now.environments[i];
    const EnvironmentTotals& earlier = before.environments[i];
    uint64_t clients = 0, connections = 0;
    for (const WorkerStats* worker : sources.workers) {
      if (i >= worker->environments.size()) continue;
      clients += worker->environments[i].clients.get();
      connections += worker->environments[i].connections.get();
    }
    Json json;
    json["name"] = config.name;
    json["upstream"] = config.upstream;
    json["mode"] = name_of(config.mode);
    json["durability"] = name_of(config.durability.value);
    json["clients"] = clients;
    json["connections_total"] = connections;
    json["requests_total"] = totals.requests;
    json["refused_total"] = totals.refused;
    json["observed_total"] = totals.observed;
    json["unavailable_total"] = totals.unavailable;
    json["uncertain_total"] = totals.uncertain;
    json["bytes_in_total"] = totals.bytes_in;
    json["bytes_out_total"] = totals.bytes_out;
    json["latency"] = latency_json(totals.duration);
    json["in_holdfast"] = latency_json(totals.in_holdfast);
    json["in_redis"] = latency_json(totals.in_redis);
    json["durable_wait"] = latency_json(totals.durable_wait);
    json["now"] = {{"requests_per_second", per_second(totals.requests, earlier.requests)},
                   {"refused_per_second", per_second(totals.refused, earlier.refused)},
                   {"bytes_in_per_second", per_second(totals.bytes_in, earlier.bytes_in)},
                   {"bytes_out_per_second", per_second(totals.bytes_out, earlier.bytes_out)},
                   {"latency", latency_json(totals.duration.since(earlier.duration))},
                   {"in_holdfast", latency_json(totals.in_holdfast.since(earlier.in_holdfast))},
                   {"in_redis", latency_json(totals.in_redis.since(earlier.in_redis))},
                   {"durable_wait", latency_json(totals.durable_wait.since(earlier.durable_wait))}};
    json["commands"] = commands_json(sources, i);
    return json;
  }

  Json upstream(size_t i) const {
    const config::Upstream& config = sources.config->upstreams[i];
    const LinkCount links = count_links(sources, i);
    Json json;
    json["name"] = config.name;
    json["address"] = config.endpoint.value.to_string();
    json["up"] = links.all_up();
    json["links"] = links.up;
    json["links_wanted"] = links.wanted;
    json["posture"] = sources.posture != nullptr ? posture_json(sources.posture(i)) : Json(nullptr);
    json["journal"] = i < sources.journals.size() && sources.journals[i] != nullptr
                          ? journal_json(*sources.journals[i], now.fdatasyncs[i].since(before.fdatasyncs[i]))
                          : Json(nullptr);
    return json;
  }
};

StatusReport::StatusReport(const Sources& sources)
    : sources_(sources), before_(take(monotonic_ns())), ticked_(before_), now_(before_) {}

StatusReport::~StatusReport() = default;

StatusReport::Moment StatusReport::take(uint64_t now_ns) const {
  Moment moment;
  moment.ns = now_ns;
  for (size_t i = 0; i < sources_.config->environments.size(); ++i) {
    EnvironmentTotals& totals = moment.environments.emplace_back();
    for (const WorkerStats* worker : sources_.workers) {
      if (i >= worker->environments.size()) continue;
      const EnvironmentStats& stats = worker->environments[i];
      for (size_t command = 0; command < policy::commands().size(); ++command) {
        const auto id = static_cast<policy::CommandId>(command);
        for (size_t v = 0; v < kRequestVerdicts; ++v)
          totals.requests += verdict_sum(stats, id, static_cast<RequestVerdict>(v));
        totals.refused += verdict_sum(stats, id, RequestVerdict::kRefused);
        totals.observed += verdict_sum(stats, id, RequestVerdict::kObserved);
        totals.unavailable += verdict_sum(stats, id, RequestVerdict::kUnavailable);
      }
      totals.uncertain += stats.uncertain_replies.get();
      totals.bytes_in += stats.bytes_in.get();
      totals.bytes_out += stats.bytes_out.get();
      totals.duration.add(stats.request_duration);
      totals.in_holdfast.add(stats.in_holdfast);
      totals.in_redis.add(stats.in_redis);
      totals.durable_wait.add(stats.durable_wait);
    }
  }
  for (size_t i = 0; i < sources_.config->upstreams.size(); ++i) {
    HistogramSnapshot& fdatasyncs = moment.fdatasyncs.emplace_back();
    if (i < sources_.journals.size() && sources_.journals[i] != nullptr)
      fdatasyncs.add(sources_.journals[i]->stats().fdatasync_duration);
  }
  return moment;
}

void StatusReport::tick(uint64_t now_ns) {
  before_ = std::exchange(ticked_, take(now_ns));
  now_ = ticked_;
}

void StatusReport::refresh(uint64_t now_ns) {
  now_ = take(now_ns);
}

std::string StatusReport::json(const std::vector<std::string>& problems) const {
  const Render render{sources_, before_, now_};
  Json json;
  json["version"] = sources_.version;
  json["unix_ms"] = unix_ms();
  json["started_unix_ms"] = sources_.started_unix_ms;
  json["ready"] = problems.empty();
  json["problems"] = problems;
  json["environments"] = Json::array();
  for (size_t i = 0; i < sources_.config->environments.size(); ++i)
    json["environments"].push_back(render.environment(i));
  json["upstreams"] = Json::array();
  for (size_t i = 0; i < sources_.config->upstreams.size(); ++i)
    json["upstreams"].push_back(render.upstream(i));
  json["refusals"] = refusals_json(sources_);
  json["slow"] = slow_json(sources_);
  json["hot_keys"] = hot_keys_json(sources_);
  const ProcessStats process = read_process_stats();
  json["process"] = {{"cpu_seconds_total", process.cpu_seconds},
                     {"resident_bytes", process.resident_bytes},
                     {"open_fds", process.open_fds},
                     {"max_fds", process.max_fds}};
  // Names of keys are bytes, not always UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast::metrics
