#include "metrics/exporter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "metrics/export_posture.h"
#include "metrics/families.h"
#include "metrics/process_stats.h"
#include "metrics/readiness.h"
#include "policy/command_table.h"

namespace holdfast::metrics {
namespace {

using enum MetricId;

// In the order of RequestVerdict.
constexpr std::array<std::string_view, kRequestVerdicts> kVerdictNames{"allowed", "refused", "observed",
                                                                       "unsupported", "unavailable"};

std::vector<const EnvironmentStats*> environment_of_workers(const Sources& sources, size_t environment) {
  std::vector<const EnvironmentStats*> stats;
  for (const WorkerStats* worker : sources.workers)
    if (environment < worker->environments.size()) stats.push_back(&worker->environments[environment]);
  return stats;
}

std::vector<const UpstreamStats*> upstream_of_workers(const Sources& sources, size_t upstream) {
  std::vector<const UpstreamStats*> stats;
  for (const WorkerStats* worker : sources.workers)
    if (upstream < worker->upstreams.size()) stats.push_back(&worker->upstreams[upstream]);
  return stats;
}

template <typename Stats, typename Count>
uint64_t sum(const std::vector<const Stats*>& workers, Count Stats::*counter) {
  uint64_t total = 0;
  for (const Stats* stats : workers) total += (stats->*counter).get();
  return total;
}

// High-water marks are of one worker each, and not reached at the same time.
template <typename Stats>
uint64_t most(const std::vector<const Stats*>& workers, Counter Stats::*mark) {
  uint64_t highest = 0;
  for (const Stats* stats : workers) highest = std::max(highest, (stats->*mark).get());
  return highest;
}

HistogramSnapshot merge(const std::vector<const EnvironmentStats*>& workers,
                        Histogram EnvironmentStats::*histogram) {
  HistogramSnapshot merged;
  for (const EnvironmentStats* stats : workers) merged.add(stats->*histogram);
  return merged;
}

HistogramSnapshot snapshot(const Histogram& histogram) {
  HistogramSnapshot result;
  result.add(histogram);
  return result;
}

// Only what has happened: commands times verdicts would be more than a thousand series of zeros.
void add_requests(Families& out, const std::string& name,
                  const std::vector<const EnvironmentStats*>& workers) {
  for (size_t id = 0; id < policy::commands().size(); ++id) {
    const auto command = static_cast<policy::CommandId>(id);
    for (size_t verdict = 0; verdict < kRequestVerdicts; ++verdict) {
      uint64_t total = 0;
      for (const EnvironmentStats* stats : workers)
        total += stats->requests(command, static_cast<RequestVerdict>(verdict)).get();
      if (total == 0) continue;
      const std::string_view command_name =
          command == policy::kUnknownCommand ? "unknown" : policy::command(command).name;
      out.add(kRequests, {name, command_name, kVerdictNames[verdict]}, total);
    }
  }
}

void add_refusals(Families& out, const std::string& name,
                  const std::vector<const EnvironmentStats*>& workers) {
  std::vector<std::vector<RefusalCount>> counts;
  for (const EnvironmentStats* stats : workers) counts.push_back(stats->refusals.all());
  for (const RefusalCount& row : merged(counts))
    out.add(kRefusals,
            {name, row.rule, to_string(row.reason),
             row.observed                 ? "observed"
             : is_unavailable(row.reason) ? "unavailable"
                                          : "refused"},
            row.count);
}

// In the order of SessionKind.
constexpr std::array<std::string_view, kSessionKinds> kSessionKindNames{
    "leaving", "monitoring", "subscribed", "blocked", "transaction", "tracking", "waiting", "plain"};

void add_sessions(Families& out, const std::string& name,
                  const std::vector<const EnvironmentStats*>& workers) {
  uint64_t others = 0;
  for (size_t kind = 0; kind + 1 < kSessionKinds; ++kind) {
    uint64_t count = 0;
    for (const EnvironmentStats* stats : workers) count += stats->sessions[kind].get();
    others += count;
    out.add(kSessions, {name, kSessionKindNames[kind]}, count);
  }
  const uint64_t all = sum(workers, &EnvironmentStats::clients);
  out.add(kSessions, {name, kSessionKindNames.back()}, all - std::min(others, all));
}

void add_environment(Families& out, const std::string& name,
                     const std::vector<const EnvironmentStats*>& workers) {
  add_requests(out, name, workers);
  add_refusals(out, name, workers);
  out.add(kRequestDuration, {name}, merge(workers, &EnvironmentStats::request_duration));
  out.add(kRequestInHoldfast, {name}, merge(workers, &EnvironmentStats::in_holdfast));
  out.add(kRequestInRedis, {name}, merge(workers, &EnvironmentStats::in_redis));
  out.add(kDurableWait, {name}, merge(workers, &EnvironmentStats::durable_wait));
  out.add(kSlowRequests, {name}, sum(workers, &EnvironmentStats::slow_requests));
  out.add(kUncertainReplies, {name}, sum(workers, &EnvironmentStats::uncertain_replies));
  out.add(kUnjournaledRequests, {name}, sum(workers, &EnvironmentStats::unjournaled_requests));
  out.add(kClients, {name}, sum(workers, &EnvironmentStats::clients));
  add_sessions(out, name, workers);
  out.add(kClientQueuedBytesMax, {name}, most(workers, &EnvironmentStats::queued_bytes_max));
  out.add(kConnections, {name}, sum(workers, &EnvironmentStats::connections));
  out.add(kConnectionsRefused, {name}, sum(workers, &EnvironmentStats::connections_refused));
  out.add(kConnectionsMisdirected, {name}, sum(workers, &EnvironmentStats::connections_misdirected));
  out.add(kClientBytes, {name, "in"}, sum(workers, &EnvironmentStats::bytes_in));
  out.add(kClientBytes, {name, "out"}, sum(workers, &EnvironmentStats::bytes_out));
  out.add(kProtocolErrors, {name}, sum(workers, &EnvironmentStats::protocol_errors));
  out.add(kFailedLogins, {name}, sum(workers, &EnvironmentStats::failed_logins));
}

void add_upstream(Families& out, const std::string& name, LinkCount links,
                  const std::vector<const UpstreamStats*>& workers) {
  out.add(kUpstreamUp, {name}, links.all_up() ? 1.0 : 0.0);
  out.add(kUpstreamLinks, {name}, links.up);
  out.add(kUpstreamLinksWanted, {name}, links.wanted);
  out.add(kUpstreamLinksSilent, {name}, links.silent);
  out.add(kUpstreamPrivateLinks, {name}, sum(workers, &UpstreamStats::private_links));
  out.add(kUpstreamPrivateLinksMax, {name}, most(workers, &UpstreamStats::private_links_max));
  out.add(kUpstreamPendingReplies, {name}, sum(workers, &UpstreamStats::pending_replies));
  out.add(kUpstreamPendingRepliesMax, {name}, most(workers, &UpstreamStats::pending_replies_max));
  out.add(kUpstreamQueuedBytesMax, {name}, most(workers, &UpstreamStats::queued_bytes_max));
  out.add(kUpstreamConnects, {name}, sum(workers, &UpstreamStats::connects));
  out.add(kUpstreamConnectFailures, {name}, sum(workers, &UpstreamStats::connect_failures));
  out.add(kUpstreamDisconnects, {name}, sum(workers, &UpstreamStats::disconnects));
  out.add(kUpstreamBarriers, {name}, sum(workers, &UpstreamStats::barriers));
  out.add(kHeldReplies, {name}, sum(workers, &UpstreamStats::held_replies));
  out.add(kHeldRepliesMax, {name}, most(workers, &UpstreamStats::held_replies_max));
}

// Of the files, so not for a journal that runs elsewhere.
void add_journal_upkeep(Families& out, const std::string& name, const journal::JournalStats& stats) {
  out.add(kJournalOldestRestorable, {name}, static_cast<double>(stats.oldest_restorable_ms.get()) / 1e3);
  out.add(kJournalRetentionRemovedBytes, {name}, stats.retention_removed_bytes.get());
  out.add(kJournalCompactions, {name, "done"}, stats.compactions.get());
  out.add(kJournalCompactions, {name, "failed"}, stats.compaction_failures.get());
  out.add(kJournalCompactionRunning, {name}, stats.compaction_running.get());
  out.add(kJournalCompactionDuration, {name}, static_cast<double>(stats.compaction_duration_ms.get()) / 1e3);
  out.add(kJournalVerified, {name}, static_cast<double>(stats.verified_ms.get()) / 1e3);
  out.add(kJournalRehearsals, {name, "good"}, stats.rehearsals_good.get());
  out.add(kJournalRehearsals, {name, "bad"}, stats.rehearsals_bad.get());
  out.add(kJournalRehearsalSuccess, {name}, static_cast<double>(stats.rehearsal_success_ms.get()) / 1e3);
  out.add(kJournalRehearsalRecover, {name}, static_cast<double>(stats.rehearsal_recover_ms.get()) / 1e3);
  out.add(kJournalRehearsalMismatches, {name}, stats.rehearsal_mismatches.get());
}

void add_journal(Families& out, const std::string& name, const journal::Journal& journal) {
  const journal::JournalStats& stats = journal.stats();
  const journal::Watermark& watermark = journal.watermark();
  // The durable offset first: read the other way round, the lag could miss what arrives in between.
  const uint64_t durable = watermark.durable_offset.load();
  const uint64_t received = stats.received_offset.get();
  out.add(kJournalConnected, {name}, stats.connected.get());
  out.add(kJournalAccepting, {name}, watermark.accepting.load() ? 1.0 : 0.0);
  out.add(kJournalReceivedOffset, {name}, received);
  out.add(kJournalDurableOffset, {name}, durable);
  out.add(kJournalLagBytes, {name}, received > durable ? received - durable : 0);
  out.add(kJournalLagSeconds, {name}, journal_lag_seconds(stats));
  out.add(kJournalFdatasyncDuration, {name}, snapshot(stats.fdatasync_duration));
  out.add(kJournalWriteDuration, {name}, snapshot(stats.write_duration));
  out.add(kJournalFdatasyncs, {name}, stats.fdatasyncs.get());
  out.add(kJournalFdatasyncFailures, {name}, stats.fdatasync_failures.get());
  out.add(kJournalGroups, {name}, stats.groups.get());
  out.add(kJournalGroupSize, {name}, stats.group_size);
  out.add(kJournalBytesWritten, {name}, stats.bytes_written.get());
  out.add(kJournalFullResyncs, {name}, stats.full_resyncs.get());
  out.add(kJournalPartialResyncs, {name}, stats.partial_resyncs.get());
  for (size_t i = 0; i < journal::kResyncCauses; ++i) {
    const auto cause = static_cast<journal::ResyncCause>(i);
    out.add(kJournalResyncs, {name, is_full(cause) ? "full" : "partial", to_string(cause)},
            stats.resyncs[i].get());
  }
  out.add(kJournalReconnects, {name}, stats.reconnects.get());
  out.add(kJournalSegments, {name}, stats.segments.get());
  out.add(kJournalDiskBytes, {name}, stats.disk_bytes.get());
  out.add(kJournalGeneration, {name}, stats.generation.get());
  out.add(kJournalHistory, {name}, watermark.history.load());
  if (!journal.is_remote()) add_journal_upkeep(out, name, stats);
  out.add(kJournalRecovering, {name}, journal.state().recovering ? 1.0 : 0.0);
  out.add(kJournalRecoveries, {name, "given-back"}, stats.recoveries_given_back.get());
  out.add(kJournalRecoveries, {name, "caught-up"}, stats.recoveries_caught_up.get());
  out.add(kJournalRecoveries, {name, "re-applied"}, stats.recoveries_reapplied.get());
  out.add(kJournalRecoveries, {name, "accepted"}, stats.breaks_accepted.get());
  out.add(kJournalRecoveries, {name, "nothing-missing"}, stats.breaks_harmless.get());
  out.add(kJournalRecoveries, {name, "failed"}, stats.recoveries_failed.get());
  out.add(kJournalRecoveryDuration, {name}, snapshot(stats.recovery_duration));
  out.add(kJournalLostOperations, {name}, stats.lost_operations.get());
}

void add_audit(Families& out, const audit::LogStats& audit) {
  out.add(kAuditLines, {}, audit.written.get());
  out.add(kAuditDropped, {}, audit.dropped.get());
  out.add(kAuditFailing, {}, audit.failing.get());
}

void add_reloads(Families& out, const ReloadStats& reloads) {
  out.add(kConfigReloads, {"applied"}, reloads.applied.get());
  out.add(kConfigReloads, {"refused"}, reloads.refused.get());
  out.add(kConfigLastReloadSuccess, {}, reloads.last_refused.get() == 0 ? 1.0 : 0.0);
  out.add(kConfigLastReloadTime, {}, static_cast<double>(reloads.applied_at_unix_ms.get()) / 1e3);
}

void add_process(Families& out, const Sources& sources) {
  for (size_t i = 0; i < sources.workers.size(); ++i)
    out.add(kLoopTurns, {std::to_string(i)}, snapshot(sources.workers[i]->loop_turns));
  const ProcessStats process = read_process_stats();
  out.add(kProcessCpu, {}, process.cpu_seconds);
  out.add(kProcessResidentMemory, {}, process.resident_bytes);
  out.add(kProcessVirtualMemory, {}, process.virtual_bytes);
  out.add(kProcessOpenFds, {}, process.open_fds);
  out.add(kProcessMaxFds, {}, process.max_fds);
  out.add(kProcessStartTime, {}, static_cast<double>(sources.started_unix_ms) / 1e3);
  out.add(kBuildInfo, {sources.version}, 1.0);
}

}  // namespace

std::string render_metrics(const Sources& sources, TextFormat format) {
  Families out;
  const auto& environments = sources.config->environments;
  for (size_t i = 0; i < environments.size(); ++i)
    add_environment(out, environments[i].name, environment_of_workers(sources, i));
  const auto& upstreams = sources.config->upstreams;
  for (size_t i = 0; i < upstreams.size(); ++i) {
    add_upstream(out, upstreams[i].name, count_links(sources, i), upstream_of_workers(sources, i));
    if (i < sources.journals.size() && sources.journals[i] != nullptr)
      add_journal(out, upstreams[i].name, *sources.journals[i]);
    if (sources.posture != nullptr) add_posture(out, upstreams[i].name, sources.posture(i));
  }
  if (sources.audit != nullptr) add_audit(out, *sources.audit);
  if (sources.reloads != nullptr) add_reloads(out, *sources.reloads);
  if (sources.certificates != nullptr) {
    for (const CertificateExpiry& one : sources.certificates())
      out.add(kCertificateNotAfter, {one.section, one.name}, static_cast<double>(one.not_after_unix_s));
  }
  add_process(out, sources);
  return std::move(out).to_text(format);
}

}  // namespace holdfast::metrics
