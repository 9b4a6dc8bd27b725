#include "config/sections.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "config/defaults.h"
#include "config/schema.h"
#include "config/text.h"

namespace holdfast::config {
namespace {

constexpr std::string_view kSectionNames[] = {"server", "upstream", "environment"};
constexpr Section kAllSections[] = {Section::kServer,  Section::kUpstream,    Section::kUpstreamTls,
                                    Section::kJournal, Section::kEnvironment, Section::kEnvironmentTls,
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

// The keys of `tls` in a section; nothing when it is not there.
std::optional<TlsFiles> read_tls(Section section, const std::string& title, const Node& table,
                                 ProblemList& problems) {
  const Node* node = table.find("tls");
  if (node == nullptr || node->kind != Node::Kind::kTable) return std::nullopt;
  TlsFiles files;
  files.where = problems.at(node->key);
  Target target;
  target.tls = &files;
  read_keys(section, "[" + title + ".tls]", *node, target, problems);
  return files;
}

// rediss:// and tls belong together: no word of the file may look like encryption without being it.
void settle_upstream_tls(Upstream& upstream, const std::string& title, bool url_asks, const Node& table,
                         ProblemList& problems) {
  upstream.tls = read_tls(Section::kUpstreamTls, title, table, problems);
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
  environment.tls = read_tls(Section::kEnvironmentTls, title, table, problems);
  if (!environment.tls || (!environment.tls->cert.empty() && !environment.tls->key.empty())) return;
  problems.add(environment.tls->where, "tls in [" + title +
                                           "] needs cert and key; write tls = { cert = \"server.pem\", "
                                           "key = \"server.key\" }");
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
  settle_environment_tls(environment, table, problems);
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
  }
  for_each_named(document, "upstream", kDefaultUpstream, problems,
                 [&](const Node& table) { config.upstreams.push_back(read_upstream(table, problems)); });
  if (config.upstreams.empty()) config.upstreams.push_back(default_upstream(kDefaultUpstream));
  for_each_named(document, "environment", kDefaultEnvironment, problems, [&](const Node& table) {
    config.environments.push_back(read_environment(table, config, problems));
  });
  if (config.environments.empty()) {
    Environment environment = default_environment(kDefaultEnvironment);
    settle_upstream(environment, config.upstreams.back().where.line, config, problems);
    config.environments.push_back(std::move(environment));
  }
  return config;
}

}  // namespace holdfast::config
