#include "config/sections.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "config/defaults.h"
#include "config/schema.h"
#include "config/script_files.h"
#include "config/text.h"

namespace holdfast::config {
namespace {

constexpr std::string_view kSectionNames[] = {"server", "upstream", "environment"};
constexpr Section kAllSections[] = {Section::kServer,      Section::kAdminTls,       Section::kUpstream,
                                    Section::kUpstreamTls, Section::kJournal,        Section::kPosture,
                                    Section::kEnvironment, Section::kEnvironmentTls, Section::kKeyspace,
                                    Section::kLimit,       Section::kUser,           Section::kScripts,
                                    Section::kRule};

// "; it belongs in [server]", when another section has that key; else the closest key of this section.
std::string advice(std::string_view name, std::span<const std::string_view> known) {
  if (std::string hint = did_you_mean(name, known, '\''); !hint.empty()) return hint;
  for (const Section section : kAllSections)
    if (find_key(section, name) != nullptr) return "; it belongs in " + std::string(section_title(section));
  if (known.empty()) return "; the keys are listed in docs/configuration.md";
  std::string hint = "; the keys there are ";
  for (const std::string_view key : known) hint += (key == known.front() ? "" : ", ") + std::string(key);
  return hint;
}

// Reads the keys of one section into `target`.
void read_keys(Section section, const std::string& title, const Node& table, Target& target,
               ProblemList& problems) {
  for (const Node& node : table.nodes) {
    const Key* key = find_key(section, node.name);
    if (key == nullptr) {
      problems.add(node.key, "unknown key " + quote_name(node.name) + " in " + title +
                                 advice(node.name, key_names(section)));
    } else if (key->support == Support::kNotYet) {
      problems.add(node.key, quote_name(node.name) + " in " + title +
                                 " is not supported by this version of Holdfast; remove it");
    } else if (auto value = read_value(key->type, node, problems); value && key->set != nullptr) {
      key->set(target, *value);
    }
  }
}

// Calls read(<one section>) for every [<kind>.<name>] of the document.
template <typename Read>
void for_each_named(const Node& document, const std::string& kind, const char* example, ProblemList& problems,
                    Read read) {
  const Node* group = document.find(kind);
  if (group == nullptr) return;
  const std::string write = "; write [" + kind + "." + example + "]";
  if (group->kind != Node::Kind::kTable) {
    problems.add(group->key, "[" + kind + "] must be a section with a name" + write);
    return;
  }
  if (group->nodes.empty()) problems.add(group->key, "[" + kind + "] needs a name" + write);
  for (const Node& node : group->nodes) {
    if (node.kind != Node::Kind::kTable)
      problems.add(node.key, quote_name(node.name) + " stands in [" + kind + "], which needs a name" + write +
                                 " above it");
    else if (!is_label(node.name))
      problems.add(node.key, "the name " + quote_name(node.name) + " of a section [" + kind +
                                 ".<name>] must be 1 to 64 letters, digits, '.', '_' or '-'");
    else
      read(node);
  }
}

// One password, from one place.
void settle_password(Target& target, const Node& table, ProblemList& problems) {
  Upstream& upstream = *target.upstream;
  const auto& from_file = target.password_from_file;
  if (from_file && !upstream.password.empty())
    problems.add(from_file->where,
                 "the password is given twice, in url and in password_file; keep one of them");
  if (from_file) upstream.password = from_file->value;
  // redis-cli reads "redis://word@host" as a password, most libraries as a user: do not guess.
  if (!upstream.user.empty() && upstream.password.empty() && table.find("password_file") == nullptr)
    problems.add(
        upstream.endpoint.where,
        "url: a user without a password; write redis://:<password>@host if it is the password, or add "
        "password_file");
}

// The keys of such a section; nothing when it is not there.
std::optional<TlsFiles> read_tls(Section section, const std::string& title, const Node* node,
                                 ProblemList& problems) {
  if (node == nullptr || node->kind != Node::Kind::kTable) return std::nullopt;
  TlsFiles files;
  files.where = problems.at(node->key);
  Target target;
  target.tls = &files;
  read_keys(section, "[" + title + "]", *node, target, problems);
  return files;
}

// rediss:// and tls belong together: no word of the file may look like encryption without being it.
void settle_upstream_tls(Upstream& upstream, const std::string& title, bool url_asks, const Node& table,
                         ProblemList& problems) {
  upstream.tls = read_tls(Section::kUpstreamTls, title + ".tls", table.find("tls"), problems);
  if (!upstream.tls) {
    if (url_asks) upstream.tls.emplace().where = upstream.endpoint.where;
    return;
  }
  const Location& where = upstream.tls->where;
  if (!url_asks && upstream.endpoint.value.kind == Endpoint::Kind::kUnix)
    problems.add(where, "[" + title + "] has tls, but url is a unix socket, which needs none; remove tls");
  else if (!url_asks)
    problems.add(where,
                 "[" + title + "] has tls, but url says redis://, which is not encrypted; write rediss://");
  if (upstream.tls->cert.empty() != upstream.tls->key.empty())
    problems.add(where, "tls in [" + title + "] has " + (upstream.tls->key.empty() ? "cert" : "key") +
                            " alone; cert and key go together");
}

void settle_environment_tls(Environment& environment, const Node& table, ProblemList& problems) {
  const std::string title = "environment." + environment.name;
  environment.tls = read_tls(Section::kEnvironmentTls, title + ".tls", table.find("tls"), problems);
  if (!environment.tls || (!environment.tls->cert.empty() && !environment.tls->key.empty())) return;
  problems.add(environment.tls->where, "tls in [" + title +
                                           "] needs cert and key; write tls = { cert = \"server.pem\", "
                                           "key = \"server.key\" }");
}

// Beyond this machine only those who can say who they are. A token that cannot be read is reported already.
void settle_admin(Server& server, const Node& table, ProblemList& problems) {
  server.admin_tls = read_tls(Section::kAdminTls, "server.admin_tls", table.find("admin_tls"), problems);
  if (server.admin_tls) {
    server.admin_tls->may_be_nobody = true;
    if (server.admin_tls->cert.empty() || server.admin_tls->key.empty())
      problems.add(
          server.admin_tls->where,
          "admin_tls in [server] needs cert and key; write admin_tls = { cert = \"admin.pem\", key = "
          "\"admin.key\", client_ca = \"ca.pem\" }");
  }
  const bool asks_who =
      table.find("admin_token_file") != nullptr || (server.admin_tls && !server.admin_tls->ca.empty());
  if (asks_who || server.admin.value.is_loopback_or_unix()) return;
  problems.add(
      server.admin.where,
      "admin listens on " + server.admin.value.to_string() +
          ", where others reach it, and asks nobody who they are; add admin_token_file = "
          "\"/run/secrets/holdfast-admin\" (a bearer token), or client_ca in admin_tls (certificates), "
          "or listen on a loopback address");
}

// A journal that runs elsewhere has its own file with its own keys.
void settle_via(Upstream& upstream, const std::string& title, const Node& table, ProblemList& problems) {
  Journal& journal = upstream.journal;
  if (journal.via.empty()) return;
  journal.name = journal.via;
  for (const Node& node : table.nodes) {
    if (node.name == "via" || node.name == "on_failure" || (node.name == "enabled" && journal.enabled))
      continue;
    problems.add(node.line, quote_name(node.name) + " in [" + title +
                                ".journal] means nothing beside via, which uses the journal of another "
                                "process; remove one of the two");
  }
}

Upstream read_upstream(const Node& table, ProblemList& problems) {
  Upstream upstream = default_upstream(table.name);
  upstream.where = problems.at(table.key);
  Target target;
  target.upstream = &upstream;
  const std::string title = "upstream." + table.name;
  read_keys(Section::kUpstream, "[" + title + "]", table, target, problems);
  const Node* journal = table.find("journal");
  if (journal != nullptr && journal->kind == Node::Kind::kTable) {
    upstream.journal.where = problems.at(journal->key);
    read_keys(Section::kJournal, "[" + title + ".journal]", *journal, target, problems);
    settle_via(upstream, title, *journal, problems);
  }
  const Node* posture = table.find("posture");
  if (posture != nullptr && posture->kind == Node::Kind::kTable) {
    upstream.posture.where = problems.at(posture->key);
    read_keys(Section::kPosture, "[" + title + ".posture]", *posture, target, problems);
  }
  settle_password(target, table, problems);
  settle_upstream_tls(upstream, title, target.url_asks_for_tls, table, problems);
  return upstream;
}

// Which upstream an environment talks to: the one it names, or the only one there is.
void settle_upstream(Environment& environment, Position at, const Config& config, ProblemList& problems) {
  std::vector<std::string_view> names;
  for (const Upstream& upstream : config.upstreams) names.push_back(upstream.name);
  const std::string title = "[environment." + environment.name + "]";
  if (environment.upstream.empty()) {
    environment.upstream = names.front();
    if (names.size() > 1)
      problems.add(at, title + " must say which upstream it uses; write upstream = " + one_of(names));
  } else if (config.find_upstream(environment.upstream) == nullptr) {
    std::string hint = did_you_mean(environment.upstream, names, '"');
    if (hint.empty()) hint = "; write upstream = " + one_of(names);
    problems.add(at, title + " names an upstream " + quote_value(environment.upstream) +
                         " that does not exist" + hint);
  }
}

// Calls read(<one section>) for every [[<kind>]] of a section.
template <typename Read>
void for_each_of_list(const Node& table, std::string_view kind, Read read) {
  const Node* list = table.find(kind);
  if (list == nullptr || list->kind != Node::Kind::kList) return;  // reported already
  for (const Node& node : list->nodes)
    if (node.kind == Node::Kind::kTable) read(node);
}

Keyspace read_keyspace(const Node& table, const std::string& title, ProblemList& problems) {
  Keyspace keyspace;
  keyspace.where = problems.at(table.key);
  Target target;
  target.keyspace = &keyspace;
  read_keys(Section::kKeyspace, title, table, target, problems);
  if (table.find("name") == nullptr)
    problems.add(table.key, title + " needs a name; write name = \"orders\"");
  const Node* keys = table.find("keys");
  if (keys == nullptr || (keys->kind == Node::Kind::kList && keys->nodes.empty()))
    problems.add(keys == nullptr ? table.key : keys->value(),
                 title + " needs at least one pattern; write keys = [\"order:*\"]");
  return keyspace;
}

Limit read_limit(const Node& table, const std::string& title, ProblemList& problems) {
  Limit limit;
  limit.where = problems.at(table.key);
  Target target;
  target.limit = &limit;
  read_keys(Section::kLimit, title, table, target, problems);
  if (table.find("name") == nullptr)
    problems.add(table.key, title + " needs a name; write name = \"writes\"");
  if (const Node* commands = table.find("commands");
      commands != nullptr && commands->kind == Node::Kind::kList && commands->nodes.empty())
    problems.add(commands->value(), "commands names none; leave it out to mean all commands");
  if (table.find("rate") == nullptr && table.find("max_value") == nullptr &&
      table.find("max_arguments") == nullptr)
    problems.add(table.key, title + " limits nothing; write rate, max_value or max_arguments");
  for (const char* key : {"burst", "per"})
    if (const Node* node = table.find(key); node != nullptr && table.find("rate") == nullptr)
      problems.add(node->value(), std::string(key) + " belongs to a rate, and there is none");
  return limit;
}

// Refusals, metrics and the audit log say a rule by its name.
template <typename Rule>
void check_names(const std::vector<Rule>& rules, const std::string& title, ProblemList& problems) {
  for (size_t i = 0; i < rules.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (!rules[i].name.empty() && rules[i].name == rules[k].name) {
        problems.add(rules[i].where, "the name " + quote_value(rules[i].name) + " of a " + title +
                                         " is taken (" + rules[k].where.to_string() + "); give each its own");
        break;
      }
}

void read_rule_lists(Environment& environment, const Node& table, ProblemList& problems) {
  const std::string keyspace = "[[environment." + environment.name + ".keyspace]]";
  for_each_of_list(table, "keyspace", [&](const Node& node) {
    environment.keyspaces.push_back(read_keyspace(node, keyspace, problems));
  });
  check_names(environment.keyspaces, keyspace, problems);
  const std::string limit = "[[environment." + environment.name + ".limit]]";
  for_each_of_list(table, "limit", [&](const Node& node) {
    environment.limits.push_back(read_limit(node, limit, problems));
  });
  check_names(environment.limits, limit, problems);
}

bool is_user_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

User read_user(const Node& table, const std::string& title, ProblemList& problems) {
  User user;
  user.name = table.name;
  user.where = problems.at(table.key);
  if (!is_user_name(table.name))
    problems.add(table.key, "the name " + quote_name(table.name) +
                                " of a user must be 1 to 128 printable characters without spaces");
  Target target;
  target.user = &user;
  read_keys(Section::kUser, title, table, target, problems);
  for (const auto& hash : user.password_sha256) {
    const bool is_hash =
        hash.value.size() == 64 && hash.value.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hash)
      problems.add(hash.where, "password_sha256 in " + title +
                                   " must be 64 lower-case hexadecimal digits; make them with: printf '%s' "
                                   "'<password>' | sha256sum");
  }
  return user;
}

// [environment.<name>.user.<name>], one section each.
void read_users(Environment& environment, const Node& table, ProblemList& problems) {
  const Node* group = table.find("user");
  if (group == nullptr || group->kind != Node::Kind::kTable) return;  // reported already
  const std::string title = "environment." + environment.name + ".user.";
  for (const Node& node : group->nodes) {
    if (node.kind == Node::Kind::kTable)
      environment.users.push_back(read_user(node, "[" + title + node.name + "]", problems));
    else
      problems.add(node.key, quote_name(node.name) + " stands in [environment." + environment.name +
                                 ".user], which needs a name; write [" + title + "checkout] above it");
  }
}

BlockRule read_rule(const Node& table, const std::string& title, ProblemList& problems) {
  BlockRule rule;
  rule.where = problems.at(table.key);
  Target target;
  target.rule = &rule;
  read_keys(Section::kRule, title, table, target, problems);
  if (table.find("name") == nullptr)
    problems.add(table.key, title + " needs a name; write name = \"no scans\"");
  const Node* block = table.find("block");
  if (block == nullptr || (block->kind == Node::Kind::kList && block->nodes.empty()))
    problems.add(block == nullptr ? table.key : block->value(),
                 title + " needs at least one command; write block = [\"keys\"]");
  return rule;
}

void read_rules(Environment& environment, const Node& table, ProblemList& problems) {
  const std::string title = "[[environment." + environment.name + ".rule]]";
  for_each_of_list(table, "rule",
                   [&](const Node& node) { environment.rules.push_back(read_rule(node, title, problems)); });
}

Environment read_environment(const Node& table, const Config& config, ProblemList& problems) {
  Environment environment = default_environment(table.name);
  environment.where = problems.at(table.key);
  Target target;
  target.environment = &environment;
  read_keys(Section::kEnvironment, "[environment." + table.name + "]", table, target, problems);
  read_users(environment, table, problems);
  const Node* scripts = table.find("scripts");
  if (scripts != nullptr && scripts->kind == Node::Kind::kTable)
    read_keys(Section::kScripts, "[environment." + environment.name + ".scripts]", *scripts, target,
              problems);
  read_script_files(environment, problems);
  settle_environment_tls(environment, table, problems);
  read_rule_lists(environment, table, problems);
  read_rules(environment, table, problems);
  const Node* upstream = table.find("upstream");
  const bool unreadable = upstream != nullptr && environment.upstream.empty();  // reported already
  if (!unreadable)
    settle_upstream(environment, upstream != nullptr ? upstream->value() : table.key, config, problems);
  const Node* listen = table.find("listen");
  if (environment.transparent) return environment;  // nobody has to know of it
  if (listen != nullptr && listen->kind == Node::Kind::kList && listen->nodes.empty())
    problems.add(listen->value(), "listen must name at least one address, as in [\"127.0.0.1:6380\"]");
  if (environment.listen.empty() && listen == nullptr)
    problems.add(table.key, "[environment." + table.name +
                                "] must say where it listens; write listen = [\"127.0.0.1:<port>\"]");
  return environment;
}

}  // namespace

Config read_sections(const Node& document, ProblemList& problems) {
  Config config;
  config.file = problems.file();
  config.server = default_server();
  for (const Node& node : document.nodes) {
    if (std::ranges::find(kSectionNames, node.name) != std::end(kSectionNames)) continue;
    const bool section = node.kind == Node::Kind::kTable || node.kind == Node::Kind::kList;
    problems.add(
        node.key,
        section ? "unknown section [" + node.name + "]" + did_you_mean(node.name, kSectionNames, '\'')
                : "unknown key " + quote_name(node.name) + " outside of any section" + advice(node.name, {}));
  }
  if (const Node* server = document.find("server"); server != nullptr) {
    Target target;
    target.server = &config.server;
    if (server->kind == Node::Kind::kTable)
      read_keys(Section::kServer, "[server]", *server, target, problems);
    else
      problems.add(server->key, "server must be a section; write [server]");
    settle_admin(config.server, *server, problems);
  }
  for_each_named(document, "upstream", kDefaultUpstream, problems,
                 [&](const Node& table) { config.upstreams.push_back(read_upstream(table, problems)); });
  if (config.upstreams.empty()) config.upstreams.push_back(default_upstream(kDefaultUpstream));
  for_each_named(document, "environment", kDefaultEnvironment, problems, [&](const Node& table) {
    config.environments.push_back(read_environment(table, config, problems));
  });
  // With a journal section and no environment it is a process that journals, and serves nobody.
  const bool journals = std::ranges::any_of(config.upstreams, [](const Upstream& upstream) {
    return upstream.journal.where.line != 0 && upstream.journal.enabled && upstream.journal.via.empty();
  });
  if (config.environments.empty() && !journals) {
    Environment environment = default_environment(kDefaultEnvironment);
    settle_upstream(environment, config.upstreams.back().where.line, config, problems);
    config.environments.push_back(std::move(environment));
  }
  for (Upstream& upstream : config.upstreams) {
    upstream.journal.serves_others = std::ranges::none_of(
        config.environments,
        [&upstream](const Environment& environment) { return environment.upstream == upstream.name; });
  }
  return config;
}

}  // namespace holdfast::config
