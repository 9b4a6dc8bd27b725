#include "metrics/metric_list.h"

#include <algorithm>

namespace holdfast::metrics {
namespace {

using enum MetricId;
using enum MetricType;

constexpr std::array<MetricInfo, kMetricCount> kMetrics{{
    {kRequests,
     kCounter,
     "holdfast_requests_total",
     "Requests of clients, by what became of them: allowed, refused (by policy), observed (audit mode let "
     "it through), unsupported, unavailable (the journal or Redis could not take it).",
     {"environment", "command", "verdict"}},
    {kRequestDuration,
     kHistogram,
     "holdfast_request_duration_seconds",
     "Time from reading a request to writing its reply, as the client sees it.",
     {"environment"}},
    {kDurableWait,
     kHistogram,
     "holdfast_durable_wait_seconds",
     "Time that the reply of a write was held after Redis gave it, until the write was on disk.",
     {"environment"}},
    {kUncertainReplies,
     kCounter,
     "holdfast_uncertain_replies_total",
     "Requests answered -UNCERTAIN: applied or perhaps applied, but not confirmed durable.",
     {"environment"}},
    {kUnjournaledRequests,
     kCounter,
     "holdfast_unjournaled_requests_total",
     "Requests let through without the guarantee that they ask for, because of on_failure = \"allow\".",
     {"environment"}},
    {kClients, kGauge, "holdfast_clients", "Clients connected now.", {"environment"}},
    {kConnections, kCounter, "holdfast_connections_total", "Client connections accepted.", {"environment"}},
    {kConnectionsRefused,
     kCounter,
     "holdfast_connections_refused_total",
     "Client connections refused because max_clients were connected.",
     {"environment"}},
    {kConnectionsMisdirected,
     kCounter,
     "holdfast_connections_misdirected_total",
     "Connections refused at the transparent listener: not redirected, or meant for another address.",
     {"environment"}},
    {kClientBytes,
     kCounter,
     "holdfast_client_bytes_total",
     "Bytes read from clients (in) and written to them (out).",
     {"environment", "direction"}},
    {kProtocolErrors,
     kCounter,
     "holdfast_protocol_errors_total",
     "Client connections closed because of a protocol error.",
     {"environment"}},
    {kFailedLogins,
     kCounter,
     "holdfast_failed_logins_total",
     "Logins (AUTH, HELLO AUTH) with a wrong password, or as a user that does not exist or is off.",
     {"environment"}},

    {kUpstreamUp,
     kGauge,
     "holdfast_upstream_up",
     "1 when every shared connection to this Redis that should be there is ready and answers, else 0.",
     {"upstream"}},
    {kUpstreamLinks,
     kGauge,
     "holdfast_upstream_links",
     "Shared connections to Redis that are ready.",
     {"upstream"}},
    {kUpstreamLinksWanted,
     kGauge,
     "holdfast_upstream_links_wanted",
     "Shared connections to Redis that should be ready.",
     {"upstream"}},
    {kUpstreamLinksSilent,
     kGauge,
     "holdfast_upstream_links_silent",
     "Shared connections that are ready, but on which Redis has answered nothing for connect_timeout.",
     {"upstream"}},
    {kUpstreamPrivateLinks,
     kGauge,
     "holdfast_upstream_private_links",
     "Connections to Redis lent to single clients now, for MULTI, WATCH, subscriptions or blocking commands.",
     {"upstream"}},
    {kUpstreamConnects,
     kCounter,
     "holdfast_upstream_connects_total",
     "Connections to Redis made.",
     {"upstream"}},
    {kUpstreamConnectFailures,
     kCounter,
     "holdfast_upstream_connect_failures_total",
     "Attempts to connect to Redis that failed.",
     {"upstream"}},
    {kUpstreamDisconnects,
     kCounter,
     "holdfast_upstream_disconnects_total",
     "Connections to Redis that were lost.",
     {"upstream"}},
    {kUpstreamBarriers,
     kCounter,
     "holdfast_upstream_barriers_total",
     "ROLE commands sent behind writes to learn their replication offset.",
     {"upstream"}},
    {kHeldReplies,
     kGauge,
     "holdfast_held_replies",
     "Replies of writes that wait for the journal now.",
     {"upstream"}},

    {kJournalConnected,
     kGauge,
     "holdfast_journal_connected",
     "1 while the journal is attached to this Redis as a replica and its stream flows, else 0.",
     {"upstream"}},
    {kJournalAccepting,
     kGauge,
     "holdfast_journal_accepting",
     "1 while writes can be made durable, 0 while those that need it are refused.",
     {"upstream"}},
    {kJournalReceivedOffset,
     kGauge,
     "holdfast_journal_received_offset",
     "Replication offset up to which the stream was received.",
     {"upstream"}},
    {kJournalDurableOffset,
     kGauge,
     "holdfast_journal_durable_offset",
     "Replication offset up to which the stream is on disk.",
     {"upstream"}},
    {kJournalLagBytes,
     kGauge,
     "holdfast_journal_lag_bytes",
     "Bytes of the stream that were received and are not on disk yet.",
     {"upstream"}},
    {kJournalFdatasyncDuration,
     kHistogram,
     "holdfast_journal_fdatasync_duration_seconds",
     "Duration of fdatasync on journal files.",
     {"upstream"}},
    {kJournalWriteDuration,
     kHistogram,
     "holdfast_journal_write_duration_seconds",
     "Duration of write on journal files.",
     {"upstream"}},
    {kJournalFdatasyncs,
     kCounter,
     "holdfast_journal_fdatasyncs_total",
     "Calls of fdatasync on journal files.",
     {"upstream"}},
    {kJournalFdatasyncFailures,
     kCounter,
     "holdfast_journal_fdatasync_failures_total",
     "Calls of fdatasync that failed; each ends the use of its file.",
     {"upstream"}},
    {kJournalGroups,
     kCounter,
     "holdfast_journal_groups_total",
     "Group commits: parts of the stream made durable together.",
     {"upstream"}},
    {kJournalBytesWritten,
     kCounter,
     "holdfast_journal_bytes_written_total",
     "Bytes written to journal segments, annotations included.",
     {"upstream"}},
    {kJournalFullResyncs,
     kCounter,
     "holdfast_journal_full_resyncs_total",
     "Times the journal had to take a whole new base from Redis.",
     {"upstream"}},
    {kJournalPartialResyncs,
     kCounter,
     "holdfast_journal_partial_resyncs_total",
     "Times the journal went on where it had stopped.",
     {"upstream"}},
    {kJournalReconnects,
     kCounter,
     "holdfast_journal_reconnects_total",
     "Times the journal's replica link was made again.",
     {"upstream"}},
    {kJournalSegments,
     kGauge,
     "holdfast_journal_segments",
     "Journal segments on disk, of all generations.",
     {"upstream"}},
    {kJournalDiskBytes,
     kGauge,
     "holdfast_journal_disk_bytes",
     "Bytes of the journal on disk, of all generations.",
     {"upstream"}},
    {kJournalGeneration,
     kGauge,
     "holdfast_journal_generation",
     "Number of the current generation: a base and the segments behind it.",
     {"upstream"}},
    {kJournalHistory,
     kGauge,
     "holdfast_journal_history",
     "Number of the replication history that offsets belong to; 0 until the first is known.",
     {"upstream"}},

    {kProcessCpu, kCounter, "process_cpu_seconds_total", "User and system CPU time spent, in seconds."},
    {kProcessResidentMemory, kGauge, "process_resident_memory_bytes", "Resident memory, in bytes."},
    {kProcessOpenFds, kGauge, "process_open_fds", "Open file descriptors."},
    {kProcessMaxFds, kGauge, "process_max_fds", "Most file descriptors that may be open."},
    {kProcessStartTime, kGauge, "process_start_time_seconds",
     "Start time of the process, in seconds since the Unix epoch."},
    {kBuildInfo, kGauge, "holdfast_build_info", "Always 1; the version is in the label.", {"version"}},
}};

constexpr bool in_order_of_id() {
  for (size_t i = 0; i < kMetrics.size(); ++i)
    if (static_cast<size_t>(kMetrics[i].id) != i) return false;
  return true;
}
static_assert(in_order_of_id(), "metric() takes the place in the list from the id");

}  // namespace

size_t MetricInfo::label_count() const {
  return static_cast<size_t>(std::ranges::find(labels, std::string_view{}) - labels.begin());
}

std::span<const MetricInfo, kMetricCount> metric_list() {
  return kMetrics;
}

const MetricInfo& metric(MetricId id) {
  return kMetrics[static_cast<size_t>(id)];
}

std::string_view to_string(MetricType type) {
  switch (type) {
    case kCounter:
      return "counter";
    case kGauge:
      return "gauge";
    case kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace holdfast::metrics
