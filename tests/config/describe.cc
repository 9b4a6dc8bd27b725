#include "tests/config/describe.h"

#include <sstream>

namespace holdfast::config {
namespace {

void describe(std::ostream& out, const Journal& journal) {
  out << " journal.enabled " << journal.enabled << "\n journal.dir " << journal.dir.value
      << "\n journal.name " << journal.name << "\n journal.segment_size " << journal.segment_size_bytes
      << "\n journal.redo_log " << journal.redo_log << "\n journal.retention "
      << journal.retention.age_ms.value_or(-1) << " " << journal.retention.size_bytes.value_or(0)
      << "\n journal.on_failure " << static_cast<int>(journal.on_failure) << "\n journal.on_history_break "
      << static_cast<int>(journal.on_history_break) << "\n journal.compact "
      << static_cast<int>(journal.compact) << " " << journal.compact_min_bytes << " "
      << journal.compact_factor << " " << journal.redis_server << " " << journal.resync_at_minute.value_or(-1)
      << "\n journal.via " << journal.via << "\n journal.rehearse_every " << journal.rehearse_every_ms
      << "\n";
}

void describe(std::ostream& out, const Upstream& upstream) {
  out << "upstream " << upstream.name << "\n endpoint " << upstream.endpoint.value.to_string() << "\n user "
      << upstream.user << "\n password " << upstream.password << "\n tls " << upstream.tls.has_value()
      << "\n links " << upstream.links << "\n connect_timeout " << upstream.connect_timeout_ms << "\n";
  describe(out, upstream.journal);
}

void describe(std::ostream& out, const Environment& environment) {
  out << "environment " << environment.name << "\n upstream " << environment.upstream << "\n";
  for (const auto& listen : environment.listen) out << " listen " << listen.value.to_string() << "\n";
  out << " mode " << static_cast<int>(environment.mode) << "\n durability "
      << static_cast<int>(environment.durability.value) << "\n reads "
      << static_cast<int>(environment.reads.value) << "\n ack_timeout " << environment.ack_timeout_ms
      << "\n unknown_commands " << static_cast<int>(environment.unknown_commands) << "\n max_clients "
      << environment.max_clients << "\n output_buffer_limit " << environment.output_buffer_limit_bytes
      << "\n allow_unauthenticated " << environment.allow_unauthenticated << "\n";
  out << " max_clients_per_address " << environment.max_clients_per_address.value_or(0)
      << "\n max_clients_per_user " << environment.max_clients_per_user.value << "\n max_blocking "
      << environment.max_blocking.value_or(0) << "\n unbounded_reads "
      << static_cast<int>(environment.unbounded_reads) << "\n unbounded_rate "
      << environment.unbounded_rate.count << "/" << environment.unbounded_rate.period_ms << "\n key_prefix "
      << environment.key_prefix.value << "\n limits " << environment.limits.size() << "\n keyspaces "
      << environment.keyspaces.size() << "\n";
  out << " unix_permissions " << environment.unix_permissions << "\n tls " << environment.tls.has_value()
      << "\n";
  for (const auto& word : environment.block) out << " block " << word.value << "\n";
  for (const auto& word : environment.allow) out << " allow " << word.value << "\n";
  for (const auto& rule : environment.rules) out << " rule " << rule.name << "\n";
}

}  // namespace

std::string describe(const Config& config) {
  std::ostringstream out;
  out << "workers " << config.server.workers << "\nadmin " << config.server.admin.value.to_string()
      << "\ndrain_timeout " << config.server.drain_timeout_ms << "\nlog_level "
      << static_cast<int>(config.server.log_level) << "\nlog_format "
      << static_cast<int>(config.server.log_format) << "\naudit_log " << config.server.audit_log.value << " "
      << config.server.audit_log_max_bytes << " " << config.server.audit_log_keep << "\nslow_log_threshold "
      << config.server.slow_log_threshold_ms << "\n";
  for (const Upstream& upstream : config.upstreams) describe(out, upstream);
  for (const Environment& environment : config.environments) describe(out, environment);
  return out.str();
}

}  // namespace holdfast::config
