#include "config/schema.h"

#include <limits>
#include <utility>

namespace holdfast::config {
namespace {

// Words stand in the order of their enumerators: a value's index is the enumerator.
constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error"};
constexpr std::string_view kScheduling[] = {"batch", "normal"};
constexpr std::string_view kLogFormats[] = {"text", "json"};
constexpr std::string_view kOnFailure[] = {"reject-writes", "allow"};
constexpr std::string_view kOnHistoryBreak[] = {"recover-empty", "recover", "hold", "accept"};
constexpr std::string_view kModes[] = {"enforce", "audit"};
constexpr std::string_view kAuth[] = {"none"};
constexpr std::string_view kAuthNotYet[] = {"users", "passthrough"};
constexpr std::string_view kDurabilities[] = {"none", "async", "sync"};
constexpr std::string_view kReads[] = {"local"};
constexpr std::string_view kReadsNotYet[] = {"durable"};
constexpr std::string_view kUnknownCommands[] = {"refuse", "allow"};

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
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

// Command names are not case-sensitive in Redis; policy compares lower case.
std::vector<Located<std::string>> lower(std::vector<Located<std::string>> words) {
  for (auto& entry : words)
    for (char& c : entry.value)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return words;
}

constexpr auto kServer = Section::kServer;
constexpr auto kUpstream = Section::kUpstream;
constexpr auto kUpstreamTls = Section::kUpstreamTls;
constexpr auto kJournal = Section::kJournal;
constexpr auto kEnvironment = Section::kEnvironment;
constexpr auto kEnvironmentTls = Section::kEnvironmentTls;
constexpr auto kRule = Section::kRule;
constexpr auto kServed = Support::kServed;
constexpr auto kAccepted = Support::kAccepted;
constexpr auto kNotYet = Support::kNotYet;
using Kind = Type::Kind;

// clang-format off
constexpr Key kSchema[] = {
    {kServer, "workers", kServed, integer(0, 1024),
     [](Target& t, Value& v) { t.server->workers = as<int>(v); }},
    {kServer, "admin", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.server->admin = v.addresses.front(); }},
    {kServer, "drain_timeout", kServed, timeout(),
     [](Target& t, Value& v) { t.server->drain_timeout_ms = v.number; }},
    {kServer, "log_level", kServed, word(kLogLevels),
     [](Target& t, Value& v) { t.server->log_level = as<log::Level>(v); }},
    {kServer, "scheduling", kServed, word(kScheduling),
     [](Target& t, Value& v) { t.server->scheduling = as<Scheduling>(v); }},
    {kServer, "log_format", kServed, word(kLogFormats),
     [](Target& t, Value& v) { t.server->log_format = as<log::Format>(v); }},
    {kServer, "audit_log", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.server->audit_log = {v.text, v.where}; }},
    {kServer, "audit_log_max_size", kServed, size(64 * 1024, 1024 * kGiB),
     [](Target& t, Value& v) { t.server->audit_log_max_bytes = as<uint64_t>(v); }},
    {kServer, "audit_log_keep", kServed, integer(0, 1000),
     [](Target& t, Value& v) { t.server->audit_log_keep = as<int>(v); }},

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
    {kUpstream, "tls", kServed, of(Kind::kSection)},

    {kUpstreamTls, "ca", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->ca = v.text; }},
    {kUpstreamTls, "cert", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->cert = v.text; }},
    {kUpstreamTls, "key", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->key = v.text; }},
    {kUpstreamTls, "server_name", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.tls->server_name = v.text; }},

    {kJournal, "enabled", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.upstream->journal.enabled = v.number != 0; }},
    {kJournal, "dir", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.upstream->journal.dir = {v.text, v.where}; }},
    {kJournal, "name", kServed, of(Kind::kLabel),
     [](Target& t, Value& v) { t.upstream->journal.name = v.text; }},
    {kJournal, "segment_size", kServed, size(kMiB, 16 * kGiB),
     [](Target& t, Value& v) { t.upstream->journal.segment_size_bytes = as<uint64_t>(v); }},
    {kJournal, "retention", kServed, of(Kind::kRetention),
     [](Target& t, Value& v) { t.upstream->journal.retention = v.retention; }},
    {kJournal, "on_failure", kServed, word(kOnFailure),
     [](Target& t, Value& v) { t.upstream->journal.on_failure = as<OnFailure>(v); }},
    {kJournal, "on_history_break", kServed, word(kOnHistoryBreak),
     [](Target& t, Value& v) { t.upstream->journal.on_history_break = as<OnHistoryBreak>(v); }},
    {kJournal, "serve", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.upstream->journal.serve = v.addresses.front(); }},
    {kJournal, "announce", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.upstream->journal.announce = v.addresses.front(); }},
    {kJournal, "via", kNotYet, {}},

    {kEnvironment, "upstream", kServed, of(Kind::kString),
     [](Target& t, Value& v) { t.environment->upstream = v.text; }},
    {kEnvironment, "listen", kServed, of(Kind::kAddressList),
     [](Target& t, Value& v) { t.environment->listen = std::move(v.addresses); }},
    {kEnvironment, "transparent", kServed, of(Kind::kAddress),
     [](Target& t, Value& v) { t.environment->transparent = v.addresses.front(); }},
    {kEnvironment, "mode", kServed, word(kModes),
     [](Target& t, Value& v) { t.environment->mode = as<Mode>(v); }},
    {kEnvironment, "auth", kServed, word(kAuth, kAuthNotYet)},
    {kEnvironment, "allow_unauthenticated", kServed, of(Kind::kBool),
     [](Target& t, Value& v) { t.environment->allow_unauthenticated = v.number != 0; }},
    {kEnvironment, "durability", kServed, word(kDurabilities),
     [](Target& t, Value& v) { t.environment->durability = {as<Durability>(v), v.where}; }},
    {kEnvironment, "reads", kServed, word(kReads, kReadsNotYet)},
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
    {kEnvironment, "key_prefix", kNotYet, {}},
    {kEnvironment, "scripts", kNotYet, {}},
    {kEnvironment, "user", kNotYet, {}},
    {kEnvironment, "limit", kNotYet, {}},
    {kEnvironment, "keyspace", kNotYet, {}},

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
    case Section::kUpstream:
      return "[upstream.<name>]";
    case Section::kUpstreamTls:
      return "[upstream.<name>.tls]";
    case Section::kJournal:
      return "[upstream.<name>.journal]";
    case Section::kEnvironmentTls:
      return "[environment.<name>.tls]";
    case Section::kRule:
      return "[[environment.<name>.rule]]";
    case Section::kEnvironment:
      break;
  }
  return "[environment.<name>]";
}

}  // namespace holdfast::config
