#include "config/schema.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace holdfast::config {
namespace {

// Words stand in the order of their enumerators: a value's index is the enumerator.
constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error"};
constexpr std::string_view kScheduling[] = {"batch", "normal"};
constexpr std::string_view kLogFormats[] = {"text", "json"};
constexpr std::string_view kOnFailure[] = {"reject-writes", "allow"};
constexpr std::string_view kCompact[] = {"auto", "off"};
constexpr std::string_view kOnHistoryBreak[] = {"recover-empty", "recover", "hold", "accept"};
constexpr std::string_view kModes[] = {"enforce", "audit"};
constexpr std::string_view kAuth[] = {"none", "users", "passthrough"};
constexpr std::string_view kScriptModes[] = {"checked", "unchecked", "allowlist"};
constexpr std::string_view kDurabilities[] = {"none", "async", "sync"};
constexpr std::string_view kReads[] = {"local", "durable"};
constexpr std::string_view kKeyTypes[] = {"string", "list", "set", "zset", "hash", "stream"};
constexpr std::string_view kLimitPer[] = {"user", "environment", "connection", "address"};
constexpr std::string_view kUnboundedReads[] = {"allow", "report", "limit", "refuse"};
constexpr std::string_view kOnEvictable[] = {"refuse", "warn"};
constexpr std::string_view kUnknownCommands[] = {"refuse", "allow"};

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kMaxValue = int64_t{512} << 20;  // proto-max-bulk-len
constexpr int64_t kDayMs = 86'400'000;

constexpr Type of(Type::Kind kind) {
  return {kind, 0, 0, {}, {}};
}
constexpr Type integer(int64_t min, int64_t max) {
  return {Type::Kind::kInteger, min, max, {}, {}};
}
constexpr Type size(int64_t min, int64_t max) {
  return {Type::Kind::kSize, min, max, {}, {}};
}
// Timeouts of a running process: more than a day is a slip of the unit, less than a millisecond is none.
constexpr Type timeout() {
  return {Type::Kind::kDuration, 1, kDayMs, {}, {}};
}
constexpr Type word(std::span<const std::string_view> words,
                    std::span<const std::string_view> not_yet = std::span<const std::string_view>()) {
  return {Type::Kind::kWord, 0, 0, words, not_yet};
}

template <typename T>
T as(const Value& value) {
  return static_cast<T>(value.number);
}

// 0 is no bound.
std::optional<int> as_bound(const Value& value) {
  return value.number == 0 ? std::nullopt : std::optional<int>(as<int>(value));
}

// Command names are not case-sensitive in Redis; policy compares lower case.
std::vector<Located<std::string>> lower(std::vector<Located<std::string>> words) {
  for (auto& entry : words)
    for (char& c : entry.value)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return words;
}

// Several passwords may be valid at once, for as long as one is replaced by another.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

constexpr auto kServer = Section::kServer;
constexpr auto kAdminTls = Section::kAdminTls;
constexpr auto kUpstream = Section::kUpstream;
constexpr auto kUpstreamTls = Section::kUpstreamTls;
constexpr auto kJournal = Section::kJournal;
constexpr auto kPosture = Section::kPosture;
constexpr auto kEnvironment = Section::kEnvironment;
constexpr auto kEnvironmentTls = Section::kEnvironmentTls;
constexpr auto kKeyspace = Section::kKeyspace;
constexpr auto kLimit = Section::kLimit;
constexpr auto kUser = Section::kUser;
constexpr auto kScripts = Section::kScripts;
constexpr auto kRule = Section::kRule;
constexpr auto kServed = Support::kServed;
constexpr auto kAccepted = Support::kAccepted;
using Kind = Type::Kind;

// clang-format off
constexpr Key kSchema[] = {
    {kServer, "workers", kServed, integer(0, 1024),
     [](Target& t, Value& v) { t.server->workers = as<int>(v); }},
    {kServer, "admin", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.server->admin = v.addresses.front(); }},
    {kServer, "admin_token_file", kServed, of(Kind::kSecretFile),
     [](Target& t, Value& v) { t.server->admin_tokens = lines_of(v.text); }},
    {kServer, "admin_tls", kServed, of(Kind::kSection)},
    {kServer, "drain_timeout", kServed, timeout(),
     [](Target& t, Value& v) { t.server->drain_timeout_ms = v.number; }},
    {kServer, "log_level", kServed, word(kLogLevels),
     [](Target& t, Value& v) { t.server->log_level = as<log::Level>(v); }},
    {kServer, "scheduling", kServed, word(kScheduling),
     [](Target& t, Value& v) { t.server->scheduling = as<Scheduling>(v); }},
    {kServer, "io_uring", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.server->io_uring = v.number != 0; }},
    {kServer, "log_format", kServed, word(kLogFormats),
     [](Target& t, Value& v) { t.server->log_format = as<log::Format>(v); }},
    {kServer, "audit_log", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.server->audit_log = {v.text, v.where}; }},
    {kServer, "audit_log_max_size", kServed, size(64 * 1024, 1024 * kGiB),
     [](Target& t, Value& v) { t.server->audit_log_max_bytes = as<uint64_t>(v); }},
    {kServer, "audit_log_keep", kServed, integer(0, 1000),
     [](Target& t, Value& v) { t.server->audit_log_keep = as<int>(v); }},
    {kServer, "slow_log_threshold", kServed, {Kind::kDuration, 0, kDayMs, {}, {}},
     [](Target& t, Value& v) { t.server->slow_log_threshold_ms = v.number; }},

    {kAdminTls, "cert", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->cert = v.text; }},
    {kAdminTls, "key", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->key = v.text; }},
    {kAdminTls, "client_ca", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->ca = v.text; }},

    {kUpstream, "url", kServed, of(Kind::kUrl),
     [](Target& t, Value& v) {
       t.upstream->endpoint = {v.url.endpoint, v.where};
       t.upstream->user = v.url.user;
       t.upstream->password = v.url.password;
       t.url_asks_for_tls = v.url.tls;
     }},
    {kUpstream, "password_file", kServed, of(Kind::kSecretFile),
     [](Target& t, Value& v) { t.password_from_file = {v.text, v.where}; }},
    {kUpstream, "links", kServed, integer(1, 64),
     [](Target& t, Value& v) { t.upstream->links = as<int>(v); }},
    {kUpstream, "connect_timeout", kServed, timeout(),
     [](Target& t, Value& v) { t.upstream->connect_timeout_ms = v.number; }},
    {kUpstream, "journal", kServed, of(Kind::kSection)},
    {kUpstream, "posture", kServed, of(Kind::kSection)},
    {kUpstream, "tls", kServed, of(Kind::kSection)},

    {kUpstreamTls, "ca", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->ca = v.text; }},
    {kUpstreamTls, "cert", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->cert = v.text; }},
    {kUpstreamTls, "key", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->key = v.text; }},
    {kUpstreamTls, "server_name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->server_name = v.text; }},

    {kPosture, "enabled", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.upstream->posture.enabled = v.number != 0; }},
    {kPosture, "poll_interval", kServed, timeout(),
     [](Target& t, Value& v) { t.upstream->posture.poll_interval_ms = v.number; }},
    {kPosture, "ignore", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.upstream->posture.ignore = std::move(v.texts); }},
    {kPosture, "unready", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.upstream->posture.unready = std::move(v.texts); }},
    {kPosture, "require", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.upstream->posture.require = std::move(v.texts); }},

    {kJournal, "enabled", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.upstream->journal.enabled = v.number != 0; }},
    {kJournal, "dir", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.upstream->journal.dir = {v.text, v.where}; }},
    {kJournal, "name", kServed, of(Kind::kLabel),
     [](Target& t, Value& v) { t.upstream->journal.name = v.text; }},
    {kJournal, "segment_size", kServed, size(kMiB, 16 * kGiB),
     [](Target& t, Value& v) { t.upstream->journal.segment_size_bytes = as<uint64_t>(v); }},
    {kJournal, "redo_log", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.upstream->journal.redo_log = v.number != 0; }},
    {kJournal, "retention", kServed, of(Kind::kRetention),
     [](Target& t, Value& v) { t.upstream->journal.retention = v.retention; }},
    {kJournal, "on_failure", kServed, word(kOnFailure),
     [](Target& t, Value& v) { t.upstream->journal.on_failure = as<OnFailure>(v); }},
    {kJournal, "on_history_break", kServed, word(kOnHistoryBreak),
     [](Target& t, Value& v) { t.upstream->journal.on_history_break = as<OnHistoryBreak>(v); }},
    {kJournal, "compact", kServed, word(kCompact),
     [](Target& t, Value& v) { t.upstream->journal.compact = as<Compact>(v); }},
    {kJournal, "compact_min", kServed, size(kMiB, 1024 * kGiB),
     [](Target& t, Value& v) { t.upstream->journal.compact_min_bytes = as<uint64_t>(v); }},
    {kJournal, "compact_factor", kServed, integer(1, 1000),
     [](Target& t, Value& v) { t.upstream->journal.compact_factor = as<int>(v); }},
    {kJournal, "redis_server", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.upstream->journal.redis_server = v.text; }},
    {kJournal, "resync_at", kServed, of(Kind::kTimeOfDay),
     [](Target& t, Value& v) { t.upstream->journal.resync_at_minute = as<int>(v); }},
    {kJournal, "rehearse_every", kServed, {Kind::kDuration, 0, 366 * kDayMs, {}, {}},
     [](Target& t, Value& v) { t.upstream->journal.rehearse_every_ms = v.number; }},
    {kJournal, "via", kServed, of(Kind::kLabel),
     [](Target& t, Value& v) { t.upstream->journal.via = v.text; }},
    {kJournal, "serve", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.upstream->journal.serve = v.addresses.front(); }},
    {kJournal, "announce", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.upstream->journal.announce = v.addresses.front(); }},

    {kEnvironment, "upstream", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.environment->upstream = v.text; }},
    {kEnvironment, "listen", kServed, of(Kind::kAddressList),
     [](Target& t, Value& v) { t.environment->listen = std::move(v.addresses); }},
    {kEnvironment, "transparent", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.environment->transparent = v.addresses.front(); }},
    {kEnvironment, "mode", kServed, word(kModes),
     [](Target& t, Value& v) { t.environment->mode = as<Mode>(v); }},
    {kEnvironment, "auth", kServed, word(kAuth),
     [](Target& t, Value& v) { t.environment->auth = {as<Auth>(v), v.where}; }},
    {kEnvironment, "allow_unauthenticated", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.environment->allow_unauthenticated = v.number != 0; }},
    {kEnvironment, "durability", kServed, word(kDurabilities),
     [](Target& t, Value& v) { t.environment->durability = {as<Durability>(v), v.where}; }},
    {kEnvironment, "reads", kServed, word(kReads),
     [](Target& t, Value& v) { t.environment->reads = {as<Reads>(v), v.where}; }},
    {kEnvironment, "ack_timeout", kServed, timeout(),
     [](Target& t, Value& v) { t.environment->ack_timeout_ms = v.number; }},
    {kEnvironment, "unknown_commands", kServed, word(kUnknownCommands),
     [](Target& t, Value& v) { t.environment->unknown_commands = as<UnknownCommands>(v); }},
    {kEnvironment, "max_clients", kServed, integer(1, 1'000'000),
     [](Target& t, Value& v) { t.environment->max_clients = as<int>(v); }},
    {kEnvironment, "output_buffer_limit", kServed, size(kMiB, 1024 * kGiB),
     [](Target& t, Value& v) { t.environment->output_buffer_limit_bytes = as<uint64_t>(v); }},
    {kEnvironment, "block", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.environment->block = lower(std::move(v.texts)); }},
    {kEnvironment, "allow", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.environment->allow = lower(std::move(v.texts)); }},
    {kEnvironment, "rule", kServed, of(Kind::kSectionList)},
    {kEnvironment, "unix_permissions", kServed, of(Kind::kPermissions),
     [](Target& t, Value& v) { t.environment->unix_permissions = as<uint32_t>(v); }},
    {kEnvironment, "tls", kServed, of(Kind::kSection)},
    {kEnvironment, "key_prefix", kServed, of(Kind::kKeyPrefix),
     [](Target& t, Value& v) { t.environment->key_prefix = {v.text, v.where}; }},
    {kEnvironment, "scripts", kServed, of(Kind::kSection)},
    {kEnvironment, "user", kServed, of(Kind::kSection)},
    {kEnvironment, "max_clients_per_address", kServed, integer(0, 1'000'000),
     [](Target& t, Value& v) { t.environment->max_clients_per_address = as_bound(v); }},
    {kEnvironment, "max_clients_per_user", kServed, integer(0, 1'000'000),
     [](Target& t, Value& v) { t.environment->max_clients_per_user = {as<int>(v), v.where}; }},
    {kEnvironment, "max_blocking", kServed, integer(0, 1'000'000),
     [](Target& t, Value& v) { t.environment->max_blocking = as_bound(v); }},
    {kEnvironment, "unbounded_reads", kServed, word(kUnboundedReads),
     [](Target& t, Value& v) { t.environment->unbounded_reads = as<UnboundedReads>(v); }},
    {kEnvironment, "unbounded_rate", kServed, of(Kind::kRate),
     [](Target& t, Value& v) { t.environment->unbounded_rate = v.rate; }},
    {kEnvironment, "limit", kServed, of(Kind::kSectionList)},
    {kEnvironment, "keyspace", kServed, of(Kind::kSectionList)},

    {kLimit, "name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.limit->name = v.text; }},
    {kLimit, "commands", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.limit->commands = lower(std::move(v.texts)); }},
    {kLimit, "rate", kServed, of(Kind::kRate),
     [](Target& t, Value& v) { t.limit->rate = v.rate; }},
    {kLimit, "burst", kServed, integer(1, 1'000'000'000),
     [](Target& t, Value& v) { t.limit->burst = as<uint64_t>(v); }},
    {kLimit, "per", kServed, word(kLimitPer),
     [](Target& t, Value& v) { t.limit->per = as<LimitPer>(v); }},
    {kLimit, "max_value", kServed, size(1, kMaxValue),
     [](Target& t, Value& v) { t.limit->max_value_bytes = as<uint64_t>(v); }},
    {kLimit, "max_arguments", kServed, integer(1, 2'147'483'647),
     [](Target& t, Value& v) { t.limit->max_arguments = as<uint64_t>(v); }},
    {kLimit, "mode", kServed, word(kModes),
     [](Target& t, Value& v) { t.limit->mode = as<Mode>(v); }},

    {kKeyspace, "name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.keyspace->name = v.text; }},
    {kKeyspace, "keys", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.keyspace->keys = std::move(v.texts); }},
    {kKeyspace, "durability", kServed, word(kDurabilities),
     [](Target& t, Value& v) { t.keyspace->durability = as<Durability>(v); }},
    {kKeyspace, "ttl", kServed, of(Kind::kTtl),
     [](Target& t, Value& v) { t.keyspace->ttl = v.ttl; }},
    {kKeyspace, "max_value", kServed, size(1, kMaxValue),
     [](Target& t, Value& v) { t.keyspace->max_value_bytes = as<uint64_t>(v); }},
    {kKeyspace, "type", kServed, word(kKeyTypes),
     [](Target& t, Value& v) { t.keyspace->type = as<KeyType>(v); }},
    {kKeyspace, "critical", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.keyspace->critical = v.number != 0; }},
    {kKeyspace, "on_evictable", kServed, word(kOnEvictable),
     [](Target& t, Value& v) { t.keyspace->on_evictable = as<OnEvictable>(v); }},
    {kKeyspace, "mode", kServed, word(kModes),
     [](Target& t, Value& v) { t.keyspace->mode = as<Mode>(v); }},

    {kScripts, "mode", kServed, word(kScriptModes),
     [](Target& t, Value& v) { t.environment->scripts = as<ScriptMode>(v); }},
    {kScripts, "files", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.environment->script_patterns = std::move(v.texts); }},

    {kUser, "acl", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.user->acl = {v.text, v.where}; }},
    {kUser, "password_sha256", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.user->password_sha256 = std::move(v.texts); }},
    {kUser, "password_file", kServed, of(Kind::kSecretFile),
     [](Target& t, Value& v) { t.user->passwords = lines_of(v.text); }},
    {kUser, "tls_name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.user->tls_name = {v.text, v.where}; }},

    {kRule, "name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.rule->name = v.text; }},
    {kRule, "block", kServed, of(Kind::kStringList),
     [](Target& t, Value& v) { t.rule->block = lower(std::move(v.texts)); }},
    {kRule, "mode", kServed, word(kModes),
     [](Target& t, Value& v) { t.rule->mode = as<Mode>(v); }},

    {kEnvironmentTls, "cert", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->cert = v.text; }},
    {kEnvironmentTls, "key", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->key = v.text; }},
    {kEnvironmentTls, "client_ca", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->ca = v.text; }},
};
// clang-format on

}  // namespace

std::span<const Key> schema() {
  return kSchema;
}

const Key* find_key(Section section, std::string_view name) {
  for (const Key& key : kSchema)
    if (key.section == section && key.name == name) return &key;
  return nullptr;
}

std::vector<std::string_view> key_names(Section section) {
  std::vector<std::string_view> names;
  for (const Key& key : kSchema)
    if (key.section == section) names.push_back(key.name);
  return names;
}

std::string_view section_title(Section section) {
  switch (section) {
    case Section::kServer:
      return "[server]";
    case Section::kAdminTls:
      return "[server.admin_tls]";
    case Section::kUpstream:
      return "[upstream.<name>]";
    case Section::kUpstreamTls:
      return "[upstream.<name>.tls]";
    case Section::kJournal:
      return "[upstream.<name>.journal]";
    case Section::kPosture:
      return "[upstream.<name>.posture]";
    case Section::kEnvironmentTls:
      return "[environment.<name>.tls]";
    case Section::kLimit:
      return "[[environment.<name>.limit]]";
    case Section::kKeyspace:
      return "[[environment.<name>.keyspace]]";
    case Section::kScripts:
      return "[environment.<name>.scripts]";
    case Section::kUser:
      return "[environment.<name>.user.<name>]";
    case Section::kRule:
      return "[[environment.<name>.rule]]";
    case Section::kEnvironment:
      break;
  }
  return "[environment.<name>]";
}

}  // namespace holdfast::config
