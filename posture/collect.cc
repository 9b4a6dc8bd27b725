#include "posture/collect.h"

#include <algorithm>
#include <array>

#include "posture/info_text.h"

namespace holdfast::posture {
namespace {

// A command line of each; what it would do to a server in the wrong hands is in docs/policy.md.
struct Dangerous {
  const char* name;
  const char* first = nullptr;
  const char* second = nullptr;
  const char* third = nullptr;
};
constexpr std::array kDangerous = {
    Dangerous{"FLUSHALL"},  Dangerous{"FLUSHDB"},
    Dangerous{"KEYS", "*"}, Dangerous{"DEBUG", "SLEEP", "0"},
    Dangerous{"SHUTDOWN"},  Dangerous{"CONFIG", "SET", "save", ""},
};

std::string label(const Dangerous& command) {
  return std::string(command.name) == "CONFIG" ? "CONFIG SET" : command.name;
}

class Collector {
 public:
  Collector(RedisAsker& redis, std::string_view journal_name) : redis_(redis), journal_name_(journal_name) {}

  Result<Facts> run() {
    for (Status (Collector::*step)() :
         {&Collector::info, &Collector::config, &Collector::default_user, &Collector::dangerous_commands})
      if (Status asked = (this->*step)(); !asked.ok()) return asked.error();
    return std::move(facts_);
  }

 private:
  Status info();
  Status config();
  Status default_user();
  Status dangerous_commands();
  void replicas(const InfoText& info);
  void not_known(std::string what, const Reply& reply) {
    if (reply.is_error()) facts_.not_known.push_back(std::move(what) + ": " + reply.text);
  }
  // Nothing when Redis does not say.
  Result<std::optional<std::string>> setting(std::string_view name);

  RedisAsker& redis_;
  const std::string_view journal_name_;
  Facts facts_;
};

Status Collector::info() {
  auto answer = redis_.ask({"INFO", "all"});
  if (!answer.ok()) return answer.error();
  if (answer.value().is_error())
    return Error(ErrorCode::kRefused, "it does not answer INFO: " + answer.value().text);
  const InfoText info(answer.value().text);
  Facts& f = facts_;
  if (const auto valkey = info.text("valkey_version")) {
    f.product = "Valkey";
    f.version = *valkey;
  } else {
    f.version = info.text("redis_version").value_or("");
  }
  f.uptime_s = info.integer("uptime_in_seconds");
  f.loading = info.flag("loading");

  f.aof = info.flag("aof_enabled");
  f.aof_write_ok = info.flag("aof_last_write_status");
  f.aof_rewrite_ok = info.flag("aof_last_bgrewrite_status");
  f.delayed_fsyncs = info.integer("aof_delayed_fsync");
  f.save_ok = info.flag("rdb_last_bgsave_status");
  f.changes_since_save = info.integer("rdb_changes_since_last_save");
  const auto rewriting = info.flag("aof_rewrite_in_progress");
  const auto saving = info.flag("rdb_bgsave_in_progress");
  if (rewriting && saving) f.rewriting = *rewriting || *saving;
  // server_time_usec came with Redis 7.0; elsewhere TIME would do, but the age is only worth a warning.
  const auto now_us = info.integer("server_time_usec");
  const auto saved_s = info.integer("rdb_last_save_time");
  if (now_us && saved_s) f.save_age_s = std::max<int64_t>(0, *now_us / 1'000'000 - *saved_s);

  f.used_memory = info.integer("used_memory");
  f.maxmemory = info.integer("maxmemory");
  f.system_memory = info.integer("total_system_memory");
  if (const auto policy = info.text("maxmemory_policy")) f.eviction_policy = std::string(*policy);
  f.fragmentation = info.number("mem_fragmentation_ratio");
  f.fragmentation_bytes = info.integer("mem_fragmentation_bytes");
  f.evicted_keys = info.integer("evicted_keys");
  f.expired_keys = info.integer("expired_keys");

  if (const auto role = info.text("role")) f.is_primary = *role == "master";
  f.repl_offset = info.integer("master_repl_offset");
  // The size that is configured is what there will be; it is reported also while nothing is in it.
  f.backlog_size = info.integer("repl_backlog_size");
  if (f.repl_offset && f.uptime_s)
    f.write_rate =
        static_cast<double>(*f.repl_offset) / static_cast<double>(std::max<int64_t>(1, *f.uptime_s));
  replicas(info);
  for (const auto& [number, parts] : info.numbered("db"))
    f.databases.push_back(
        {number, integer_part_of(parts, "keys").value_or(0), integer_part_of(parts, "expires").value_or(0)});
  std::ranges::sort(f.databases, {}, &Database::number);
  return {};
}

void Collector::replicas(const InfoText& info) {
  for (const auto& [number, parts] : info.numbered("slave")) {
    Replica replica;
    replica.name = part_of(parts, "ip").value_or("?");
    replica.online = part_of(parts, "state") == "online";
    replica.offset = integer_part_of(parts, "offset").value_or(0);
    replica.lag_s = integer_part_of(parts, "lag").value_or(0);
    // What announces a name instead of an address and calls itself so is a journal: replicas must be
    // reachable at what they announce.
    const bool is_journal = replica.name == journal_name_ || replica.name.starts_with("holdfast");
    (is_journal ? facts_.journals : facts_.replicas).push_back(std::move(replica));
  }
}

Result<std::optional<std::string>> Collector::setting(std::string_view name) {
  auto answer = redis_.ask({"CONFIG", "GET", name});
  if (!answer.ok()) return answer.error();
  if (answer.value().is_error()) {
    not_known("CONFIG GET " + std::string(name), answer.value());
    return std::optional<std::string>();
  }
  const Reply* value = answer.value().value_of(name);
  return value == nullptr ? std::optional<std::string>() : std::optional(value->text);
}

Status Collector::config() {
  auto appendfsync = setting("appendfsync");
  auto save = appendfsync.ok() ? setting("save") : appendfsync;
  auto protection = save.ok() ? setting("protected-mode") : save;
  auto bind = protection.ok() ? setting("bind") : protection;
  if (!bind.ok()) return bind.error();
  facts_.appendfsync = appendfsync.value();
  if (save.value()) facts_.snapshots = !save.value()->empty();
  if (protection.value()) facts_.protected_mode = *protection.value() == "yes";
  if (bind.value()) {
    bool loopback = !bind.value()->empty();  // empty: every address
    std::string_view rest = *bind.value();
    while (!rest.empty()) {
      std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (word.starts_with('-')) word.remove_prefix(1);  // "not an error if it is not there"
      if (!word.empty() && !word.starts_with("127.") && word != "::1" && word != "localhost")
        loopback = false;
    }
    facts_.loopback_only = loopback;
  }
  return {};
}

Status Collector::default_user() {
  auto answer = redis_.ask({"ACL", "GETUSER", "default"});
  if (!answer.ok()) return answer.error();
  if (const Reply* flags = answer.value().value_of("flags")) {
    const auto has = [&](std::string_view flag) {
      return std::ranges::any_of(flags->items, [&](const Reply& item) { return item.text == flag; });
    };
    facts_.needs_password = !(has("on") && has("nopass"));
    return {};
  }
  not_known("ACL GETUSER default", answer.value());
  // Before ACLs, and where only CONFIG is allowed. The value is looked at for being empty and forgotten.
  auto password = setting("requirepass");
  if (!password.ok()) return password.error();
  if (password.value()) facts_.needs_password = !password.value()->empty();
  return {};
}

Status Collector::dangerous_commands() {
  std::vector<std::string> open;
  for (const Dangerous& command : kDangerous) {
    // A command that rename-command has taken away is not known any more.
    auto known = redis_.ask({"COMMAND", "INFO", command.name});
    if (!known.ok()) return known.error();
    if (known.value().items.size() == 1 && known.value().items[0].is_null()) continue;
    auto verdict = command.first == nullptr ? redis_.ask({"ACL", "DRYRUN", "default", command.name})
                   : command.second == nullptr
                       ? redis_.ask({"ACL", "DRYRUN", "default", command.name, command.first})
                   : command.third == nullptr
                       ? redis_.ask({"ACL", "DRYRUN", "default", command.name, command.first, command.second})
                       : redis_.ask({"ACL", "DRYRUN", "default", command.name, command.first, command.second,
                                     command.third});
    if (!verdict.ok()) return verdict.error();
    if (verdict.value().is_error()) {
      not_known("ACL DRYRUN", verdict.value());
      return {};
    }
    if (verdict.value().text == "OK") open.push_back(label(command));
  }
  facts_.open_commands = std::move(open);
  return {};
}

}  // namespace

Result<Facts> collect(RedisAsker& redis, std::string_view journal_name) {
  return Collector(redis, journal_name).run();
}

}  // namespace holdfast::posture
