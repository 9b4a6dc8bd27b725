#include "config/cautions.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace holdfast::config {
namespace {

constexpr size_t kTokenMin = 16;

// The value of a key, or the last section on the way to it that is written; line 0 when none is.
Position place_of(const Node& document, std::initializer_list<std::string_view> path) {
  const Node* node = &document;
  Position place;
  for (const std::string_view name : path) {
    const Node* next = node->find(name);
    if (next == nullptr) return place;
    node = next;
    place = node->kind == Node::Kind::kTable ? node->key : node->value();
  }
  return place;
}

bool has(const std::vector<Located<std::string>>& entries, std::string_view word) {
  return std::ranges::any_of(entries, [&](const auto& entry) { return entry.value == word; });
}

class Cautions {
 public:
  Cautions(const Config& config, const Node& document, ProblemList& problems)
      : config_(config), document_(document), problems_(problems) {}

  void check() {
    check(config_.server);
    for (const Upstream& upstream : config_.upstreams) check(upstream);
    for (const Environment& environment : config_.environments) check(environment);
  }

 private:
  void check(const Server& server) {
    if (!server.admin_tokens.empty() && !server.admin.value.is_loopback_or_unix() && !server.admin_tls)
      problems_.warn(server.admin.where,
                     "admin listens on " + server.admin.value.to_string() +
                         " without admin_tls: whoever can listen to that network reads the token");
    if (std::ranges::any_of(server.admin_tokens, [](const auto& token) { return token.size() < kTokenMin; }))
      problems_.warn(
          place_of(document_, {"server", "admin_token_file"}),
          "admin_token_file holds a token of less than 16 characters, which can be guessed; make one "
          "with: openssl rand -hex 32");
  }

  void check(const Upstream& upstream) {
    const std::string title = "[upstream." + upstream.name + "]";
    const bool used = std::ranges::any_of(config_.environments,
                                          [&](const auto& one) { return one.upstream == upstream.name; });
    // Without any environment it is a journal process, which needs none.
    if (!used && !config_.environments.empty())
      problems_.warn(upstream.where, title + " is not used by any environment");
    const Journal& journal = upstream.journal;
    if (!journal.enabled) return;
    const auto at = [&](std::string_view key) {
      return place_of(document_, {"upstream", upstream.name, "journal", key});
    };
    if (journal.on_failure == OnFailure::kAllow)
      problems_.warn(at("on_failure"),
                     "on_failure = \"allow\" in " + title +
                         ": while the journal cannot do its work, writes are acknowledged that a crash of "
                         "Redis loses");
    if (journal.on_history_break == OnHistoryBreak::kAccept)
      problems_.warn(at("on_history_break"),
                     "on_history_break = \"accept\" in " + title +
                         ": a Redis that comes back empty is believed, and acknowledged writes are gone "
                         "without anybody being asked");
  }

  void check(const Environment& environment) {
    const std::string title = "[environment." + environment.name + "]";
    const auto at = [&](std::string_view key) {
      return place_of(document_, {"environment", environment.name, key});
    };
    if (environment.mode == Mode::kAudit)
      problems_.warn(at("mode"), "mode = \"audit\" in " + title +
                                     ": nothing is refused there, what the rules forbid is only reported");
    if (environment.unknown_commands == UnknownCommands::kAllow)
      problems_.warn(at("unknown_commands"),
                     "unknown_commands = \"allow\" in " + title +
                         ": commands of modules and newer servers pass, whatever they do");
    if (!has(environment.block, "@builtin") && !has(environment.block, "@all"))
      problems_.warn(at("block"), "block in " + title +
                                      " is without \"@builtin\": what it does not name (FLUSHALL, DEBUG, "
                                      "CONFIG SET ...) passes; write block = [\"@builtin\", ...]");
    for (const auto& entry : environment.allow)
      if (entry.value == "@all" || entry.value == "@dangerous" || entry.value == "@admin")
        problems_.warn(entry.where, "allow = [\"" + entry.value + "\"] in " + title +
                                        " beats every entry of block: " +
                                        (entry.value == "@all" ? "nothing" : "nothing of that category") +
                                        " is refused there");
    if (environment.max_clients_per_user.value > 0 && environment.auth.value == Auth::kNone)
      problems_.warn(
          environment.max_clients_per_user.where,
          "max_clients_per_user in " + title +
              ": nobody logs in there (auth = \"none\"), so all clients are one user and may open " +
              std::to_string(environment.max_clients_per_user.value) +
              " connections together; max_clients_per_address tells them apart");
    for (const Keyspace& keyspace : environment.keyspaces) {
      if (!keyspace.critical) continue;
      const std::string name = "keyspace \"" + keyspace.name + "\" of " + title;
      if (keyspace.durability.value_or(environment.durability.value) == Durability::kNone)
        problems_.warn(keyspace.where,
                       name +
                           " is critical and has durability \"none\": its writes are acknowledged "
                           "before they are anywhere but in Redis");
      if (keyspace.on_evictable == OnEvictable::kWarn)
        problems_.warn(keyspace.where,
                       name +
                           " is critical and has on_evictable = \"warn\": a Redis that evicts "
                           "may drop its keys");
    }
    if (environment.allow_unauthenticated && listens_beyond(environment))
      problems_.warn(at("allow_unauthenticated"),
                     "allow_unauthenticated = true in " + title +
                         ": everybody who reaches its address has full access without a password");
  }

  static bool listens_beyond(const Environment& environment) {
    const auto beyond = [](const Located<Endpoint>& listen) { return !listen.value.is_loopback_or_unix(); };
    return std::ranges::any_of(environment.listen, beyond) ||
           (environment.transparent && beyond(*environment.transparent));
  }

  const Config& config_;
  const Node& document_;
  ProblemList& problems_;
};

}  // namespace

void check_cautions(const Config& config, const Node& document, ProblemList& problems) {
  Cautions(config, document, problems).check();
}

}  // namespace holdfast::config
