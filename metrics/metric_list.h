// Every metric that Holdfast exports: the one list. docs/metrics.md has a row for each (a test compares).
// Constant; any thread.
//
// Conventions of Prometheus: base units, counters end in _total, label sets are bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace holdfast::metrics {

enum class MetricId : uint8_t {
  kRequests,
  kRefusals,
  kRequestDuration,
  kRequestInHoldfast,
  kRequestInRedis,
  kDurableWait,
  kSlowRequests,
  kUncertainReplies,
  kUnjournaledRequests,
  kClients,
  kSessions,
  kClientQueuedBytesMax,
  kConnections,
  kConnectionsRefused,
  kConnectionsMisdirected,
  kClientBytes,
  kProtocolErrors,
  kFailedLogins,
  kUpstreamUp,
  kUpstreamLinks,
  kUpstreamLinksWanted,
  kUpstreamLinksSilent,
  kUpstreamPrivateLinks,
  kUpstreamPrivateLinksMax,
  kUpstreamPendingReplies,
  kUpstreamPendingRepliesMax,
  kUpstreamQueuedBytesMax,
  kUpstreamConnects,
  kUpstreamConnectFailures,
  kUpstreamDisconnects,
  kUpstreamBarriers,
  kHeldReplies,
  kHeldRepliesMax,
  kJournalConnected,
  kJournalAccepting,
  kJournalReceivedOffset,
  kJournalDurableOffset,
  kJournalLagBytes,
  kJournalLagSeconds,
  kJournalFdatasyncDuration,
  kJournalWriteDuration,
  kJournalFdatasyncs,
  kJournalFdatasyncFailures,
  kJournalGroups,
  kJournalGroupSize,
  kJournalBytesWritten,
  kJournalFullResyncs,
  kJournalPartialResyncs,
  kJournalResyncs,
  kJournalReconnects,
  kJournalSegments,
  kJournalDiskBytes,
  kJournalGeneration,
  kJournalHistory,
  kJournalRecovering,
  kJournalRecoveries,
  kJournalRecoveryDuration,
  kJournalLostOperations,
  kPostureUp,
  kPosturePolled,
  kPostureRule,
  kPostureWritesRefused,
  kRedisInfo,
  kRedisUse,
  kRedisPersistence,
  kRedisPolicy,
  kRedisLastSave,
  kRedisUnsaved,
  kRedisRewriting,
  kRedisDelayedFsyncs,
  kRedisUsedMemory,
  kRedisMaxMemory,
  kRedisFragmentation,
  kRedisKeys,
  kRedisKeysWithTtl,
  kRedisEvicted,
  kRedisExpired,
  kRedisReplicas,
  kRedisReplicaLag,
  kRedisBacklog,
  kRedisWriteRate,
  kAuditLines,
  kAuditDropped,
  kAuditFailing,
  kConfigReloads,
  kConfigLastReloadSuccess,
  kConfigLastReloadTime,
  kCertificateNotAfter,
  kJournalOldestRestorable,
  kJournalRetentionRemovedBytes,
  kJournalCompactions,
  kJournalCompactionRunning,
  kJournalCompactionDuration,
  kJournalVerified,
  kJournalRehearsals,
  kJournalRehearsalSuccess,
  kJournalRehearsalRecover,
  kJournalRehearsalMismatches,
  kLoopTurns,
  kProcessCpu,
  kProcessResidentMemory,
  kProcessVirtualMemory,
  kProcessOpenFds,
  kProcessMaxFds,
  kProcessStartTime,
  kBuildInfo,
};
inline constexpr size_t kMetricCount = static_cast<size_t>(MetricId::kBuildInfo) + 1;

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram };

struct MetricInfo {
  MetricId id;
  MetricType type;
  std::string_view name;
  std::string_view help;                     // one sentence
  std::array<std::string_view, 4> labels{};  // names, in the order of their values; the rest is empty

  size_t label_count() const;
};

// In the order of MetricId.
std::span<const MetricInfo, kMetricCount> metric_list();
const MetricInfo& metric(MetricId id);
std::string_view to_string(MetricType type);  // "counter", "gauge", "histogram"

}  // namespace holdfast::metrics
