#include "journal/upstream_facts.h"

#include <charconv>

#include "journal/record.h"
#include "policy/command_table.h"

namespace holdfast::journal {
namespace {

// The number at the start of `text`, 0 when there is none.
uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "calls=12,usec=3,..." and "keys=3,expires=0,..." begin with what matters.
uint64_t first_field(std::string_view value, std::string_view name) {
  return value.starts_with(name) ? number(value.substr(name.size())) : 0;
}

bool is_database(std::string_view name) {
  return name.size() > 2 && name.starts_with("db") &&
         name.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

// "set", "xgroup|create": could it have changed data? A script can, and so can what is not known.
bool may_write(std::string_view name) {
  if (name == "publish" || name == "spublish") return false;  // Sentinel does it all the time
  const policy::CommandId id = policy::find_command(name);
  return id == policy::kUnknownCommand || policy::command(id).may_write();
}

void take(std::string_view name, std::string_view value, UpstreamFacts& facts) {
  ServerLife& life = facts.life;
  if (name == "run_id" && is_replid(value)) life.run_id = value;
  if (name == "loading" || name == "async_loading") facts.loading = facts.loading || value == "1";
  if (name == "total_commands_processed") life.commands = number(value);
  if (name == "number_of_libraries") facts.libraries = number(value);
  if (is_database(name)) facts.keys += first_field(value, "keys=");
  if (name == "cmdstat_replicaof" || name == "cmdstat_slaveof" || name == "cmdstat_failover")
    life.role_changes += first_field(value, "calls=");
  constexpr std::string_view kStatistics = "cmdstat_";
  if (name.starts_with(kStatistics) && may_write(name.substr(kStatistics.size())))
    facts.writes += first_field(value, "calls=");
  if (name == "cmdstat_debug") life.reloads += first_field(value, "calls=");
  if (name == "cmdstat_config|resetstat") life.stat_resets += first_field(value, "calls=");
}

}  // namespace

bool ServerLife::goes_on_as(const ServerLife& later) const {
  return !run_id.empty() && run_id == later.run_id && role_changes == later.role_changes &&
         reloads == later.reloads && stat_resets == later.stat_resets && commands <= later.commands;
}

Result<UpstreamFacts> parse_upstream_facts(std::string_view info_text) {
  UpstreamFacts facts;
  auto replication = parse_replication_info(info_text);
  if (!replication.ok()) return replication.error();
  facts.replication = std::move(replication).value();
  facts.writes_known = info_text.find("# Commandstats") != std::string_view::npos;
  while (!info_text.empty()) {
    const size_t newline = info_text.find('\n');
    std::string_view line = info_text.substr(0, newline);
    info_text.remove_prefix(newline == std::string_view::npos ? info_text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) take(line.substr(0, colon), line.substr(colon + 1), facts);
  }
  return facts;
}

}  // namespace holdfast::journal
