#include "metrics/export_posture.h"

#include <algorithm>

namespace holdfast::metrics {
namespace {

using enum MetricId;

class Export {
 public:
  Export(Families& out, const std::string& upstream) : out_(out), upstream_(upstream) {}

  // What is not known has no sample.
  template <typename T>
  void add(MetricId id, const std::optional<T>& value) {
    if (value) out_.add(id, {upstream_}, static_cast<double>(*value));
  }
  void add_persistence(std::string_view kind, const std::optional<bool>& value) {
    if (value) out_.add(kRedisPersistence, {upstream_, kind}, *value ? 1.0 : 0.0);
  }

 private:
  Families& out_;
  const std::string& upstream_;
};

void add_facts(Families& out, const std::string& upstream, const posture::Facts& facts) {
  const std::string_view role = !facts.is_primary ? "unknown" : *facts.is_primary ? "primary" : "replica";
  out.add(kRedisInfo, {upstream, facts.product, facts.version, role}, 1.0);
  Export one(out, upstream);
  one.add_persistence("aof", facts.aof);
  one.add_persistence("snapshots", facts.snapshots);
  if (facts.eviction_policy) out.add(kRedisPolicy, {upstream, *facts.eviction_policy}, 1.0);
  one.add(kRedisLastSave, facts.save_age_s);
  one.add(kRedisUnsaved, facts.changes_since_save);
  one.add(kRedisRewriting, facts.rewriting);
  one.add(kRedisDelayedFsyncs, facts.delayed_fsyncs);
  one.add(kRedisUsedMemory, facts.used_memory);
  one.add(kRedisMaxMemory, facts.maxmemory);
  one.add(kRedisFragmentation, facts.fragmentation);
  one.add(kRedisEvicted, facts.evicted_keys);
  one.add(kRedisExpired, facts.expired_keys);
  one.add(kRedisBacklog, facts.backlog_size);
  one.add(kRedisWriteRate, facts.write_rate);
  int64_t with_ttl = 0, online = 0, lag_s = 0;
  for (const posture::Database& database : facts.databases) with_ttl += database.with_ttl;
  for (const posture::Replica& replica : facts.replicas) {
    online += replica.online ? 1 : 0;
    lag_s = std::max(lag_s, replica.lag_s);
  }
  out.add(kRedisKeys, {upstream}, static_cast<double>(facts.keys()));
  out.add(kRedisKeysWithTtl, {upstream}, static_cast<double>(with_ttl));
  out.add(kRedisReplicas, {upstream}, static_cast<double>(online));
  out.add(kRedisReplicaLag, {upstream}, static_cast<double>(lag_s));
}

}  // namespace

void add_posture(Families& out, const std::string& upstream, const PostureState& state) {
  if (!state.watched) return;
  out.add(kPostureUp, {upstream}, state.unix_ms > 0 && state.problem.empty() ? 1.0 : 0.0);
  out.add(kPostureWritesRefused, {upstream}, state.halt ? 1.0 : 0.0);
  if (state.unix_ms == 0) return;
  out.add(kPosturePolled, {upstream}, static_cast<double>(state.unix_ms) / 1e3);
  for (const posture::Finding& finding : state.findings) {
    if (finding.check.outcome == posture::Outcome::kNotKnown) continue;
    out.add(kPostureRule,
            {upstream, finding.rule->name, to_string(finding.rule->group), to_string(finding.rule->severity)},
            finding.is_problem() ? 0.0 : 1.0);
  }
  for (const auto& [use, word] : {std::pair{posture::Use::kCache, "cache"},
                                  {posture::Use::kDatabaseReady, "database-ready"},
                                  {posture::Use::kDatabaseNotReady, "database-not-ready"}})
    out.add(kRedisUse, {upstream, word}, state.answer.use == use ? 1.0 : 0.0);
  add_facts(out, upstream, state.facts);
}

}  // namespace holdfast::metrics
