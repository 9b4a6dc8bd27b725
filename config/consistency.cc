#include "config/consistency.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "config/text.h"

namespace holdfast::config {
namespace {

// Where to point a person to: the value itself when it was written, else the nearest thing that was.
Location first_written(std::initializer_list<Location> places) {
  for (const Location& place : places)
    if (place.line != 0) return place;
  return {};
}

// " (holdfast.toml:4)", or " (a default)"
std::string seen_at(const Location& where) {
  return " (" + (where.line == 0 ? std::string("a default") : where.to_string()) + ")";
}

std::string title(const Environment& environment) {
  return "[environment." + environment.name + "]";
}

// One address that Holdfast will listen on, and who asked for it.
struct Listener {
  Endpoint address;
  Location where;    // of the address; line 0 for a default
  Location nearest;  // the nearest place in the file
  std::string owner;
};

std::vector<Located<Endpoint>> addresses_of(const Environment& environment) {
  std::vector<Located<Endpoint>> addresses = environment.listen;
  if (environment.transparent) addresses.push_back(*environment.transparent);
  return addresses;
}

std::vector<Listener> listeners_of(const Config& config) {
  std::vector<Listener> listeners;
  const auto& admin = config.server.admin;
  listeners.push_back({admin.value, admin.where, admin.where, "admin in [server]"});
  for (const Environment& environment : config.environments)
    for (const auto& listen : addresses_of(environment))
      listeners.push_back(
          {listen.value, listen.where, first_written({listen.where, environment.where}), title(environment)});
  return listeners;
}

// Do both get a connection to this port of this machine? A name may lead anywhere; that is found at start.
bool overlap(const Endpoint& one, const Endpoint& other) {
  if (one == other) return true;
  if (one.kind != Endpoint::Kind::kTcp || other.kind != Endpoint::Kind::kTcp || one.port != other.port)
    return false;
  const auto plain = [](const std::string& host) { return host == "localhost" ? "127.0.0.1" : host; };
  const std::string a = plain(one.host), b = plain(other.host);
  const auto covers = [](const std::string& wide, const std::string& host) {
    const bool v6 = host.find(':') != std::string::npos;  // [::] is listened on for IPv6 only
    return wide == (v6 ? "::" : "0.0.0.0");
  };
  return a == b || covers(a, b) || covers(b, a);
}

void check_addresses(const Config& config, ProblemList& problems) {
  const std::vector<Listener> listeners = listeners_of(config);
  for (size_t i = 0; i < listeners.size(); ++i) {
    const Listener& one = listeners[i];
    if (one.address.kind == Endpoint::Kind::kTcp && one.address.port == 0)
      continue;  // "any free port" never meets another
    for (size_t k = 0; k < i; ++k) {
      const Listener& other = listeners[k];
      if (!overlap(one.address, other.address)) continue;
      const bool same = one.address == other.address;
      problems.add(first_written({one.nearest, other.nearest}),
                   one.owner + " listens on " + one.address.to_string() + seen_at(one.where) +
                       (same ? ", and so does " : ", which overlaps with what ") + other.owner +
                       (same ? "" : " listens on, " + other.address.to_string()) + seen_at(other.where) +
                       "; give each its own address");
      break;
    }
    for (const Upstream& upstream : config.upstreams)
      if (one.address == upstream.endpoint.value)
        problems.add(first_written({one.nearest, upstream.endpoint.where, upstream.where}),
                     one.owner + " listens on " + one.address.to_string() + seen_at(one.where) +
                         ", which is the address of [upstream." + upstream.name + "]" +
                         seen_at(upstream.endpoint.where) + "; Holdfast would talk to itself");
  }
}

bool has_files(const Upstream& upstream) {
  return upstream.journal.enabled && upstream.journal.via.empty();
}

void check_journal_dirs(const Config& config, ProblemList& problems) {
  const auto normal = [](const Upstream& upstream) {
    const auto path = std::filesystem::path(upstream.journal.dir.value).lexically_normal();
    return path.has_filename() ? path : path.parent_path();  // "data/" is "data"
  };
  for (size_t i = 0; i < config.upstreams.size(); ++i) {
    const Upstream& one = config.upstreams[i];
    for (size_t k = 0; k < i; ++k) {
      const Upstream& other = config.upstreams[k];
      if (!has_files(one) || !has_files(other) || normal(one) != normal(other)) continue;
      problems.add(first_written({one.journal.dir.where, one.journal.where, one.where}),
                   "[upstream." + one.name + "] and [upstream." + other.name + "] journal to the same dir " +
                       quote_value(one.journal.dir.value) + "; write dir = \"...\" in [upstream." + one.name +
                       ".journal]");
      break;
    }
  }
}

// Can somebody who says no password and shows no certificate run commands?
bool is_open(const Environment& environment) {
  if (environment.auth.value == Auth::kNone) return true;
  if (environment.auth.value == Auth::kPassthrough) return false;  // Redis decides
  return std::ranges::any_of(environment.users, [](const User& user) {
    if (user.name != "default") return false;
    const std::string words = " " + user.acl.value + " ";
    return words.find(" nopass ") != std::string::npos;
  });
}

void check_users(const Environment& environment, ProblemList& problems) {
  const std::string name = title(environment);
  const Location& where = first_written({environment.auth.where, environment.where});
  if (environment.auth.value != Auth::kUsers) {
    if (!environment.users.empty())
      problems.add(environment.users.front().where,
                   name + " has users, but nobody asks who a client is; write auth = \"users\"");
    return;
  }
  if (environment.users.empty())
    problems.add(where, name + " has auth = \"users\", but no users; write [environment." + environment.name +
                            ".user.<name>]");
  const bool asks_for_certificates = environment.tls && !environment.tls->ca.empty();
  for (size_t i = 0; i < environment.users.size(); ++i) {
    const User& user = environment.users[i];
    if (user.tls_name.value.empty()) continue;
    if (!asks_for_certificates)
      problems.add(user.tls_name.where, "tls_name of user " + quote_value(user.name) + " in " + name +
                                            " needs client_ca in tls: without it nobody shows a certificate");
    for (size_t k = 0; k < i; ++k)
      if (environment.users[k].tls_name.value == user.tls_name.value)
        problems.add(user.tls_name.where, "the certificate name " + quote_value(user.tls_name.value) +
                                              " is that of user " + quote_value(environment.users[k].name) +
                                              " already; one name is one user");
  }
}

void check_open_door(const Environment& environment, ProblemList& problems) {
  if (environment.allow_unauthenticated || !is_open(environment)) return;
  if (environment.tls && !environment.tls->ca.empty()) return;  // who has no certificate does not get in
  for (const auto& listen : addresses_of(environment)) {
    if (listen.value.is_loopback_or_unix()) continue;
    problems.add(
        first_written({listen.where, environment.where}),
        title(environment) + " listens on " + listen.value.to_string() + " with " +
            (environment.auth.value == Auth::kNone
                 ? "auth = \"none\", so everybody who reaches it has full access"
                 : "a default user that needs no password, so everybody who reaches it gets in") +
            "; listen on a loopback "
            "address, ask for certificates with client_ca in tls, or set allow_unauthenticated = true");
  }
}

void check_durability(const Config& config, const Environment& environment, ProblemList& problems) {
  const Upstream* upstream = config.find_upstream(environment.upstream);
  if (upstream == nullptr || upstream->journal.enabled) return;
  for (const Keyspace& keyspace : environment.keyspaces) {
    if (keyspace.durability.value_or(Durability::kNone) == Durability::kNone) continue;
    problems.add(keyspace.where, "the keyspace " + quote_value(keyspace.name) + " of " + title(environment) +
                                     " has a durability, but the journal of [upstream." + upstream->name +
                                     "] is disabled; remove it or enable the journal");
  }
  if (environment.reads.value == Reads::kDurable)
    problems.add(first_written({environment.reads.where, environment.where}),
                 title(environment) + " has reads = \"durable\"" + seen_at(environment.reads.where) +
                     ", but the journal of [upstream." + upstream->name +
                     "] is disabled; set reads = \"local\" or enable the journal");
  if (environment.durability.value == Durability::kNone) return;
  const char* word = environment.durability.value == Durability::kSync ? "sync" : "async";
  problems.add(first_written({environment.durability.where, environment.where, upstream->journal.where}),
               title(environment) + " has durability = \"" + word + "\"" +
                   seen_at(environment.durability.where) + ", but the journal of [upstream." +
                   upstream->name + "] is disabled; set durability = \"none\" or enable the journal");
}

// An environment whose prefix begins with another's is inside of that one.
void check_key_prefixes(const Config& config, ProblemList& problems) {
  for (const Environment& inner : config.environments) {
    for (const Environment& outer : config.environments) {
      if (&inner == &outer || inner.upstream != outer.upstream || outer.key_prefix.value.empty()) continue;
      if (!inner.key_prefix.value.starts_with(outer.key_prefix.value)) continue;
      const bool same = inner.key_prefix.value == outer.key_prefix.value;
      if (same && &inner < &outer) continue;  // said once
      problems.add(inner.key_prefix.where, "key_prefix " + quote_value(inner.key_prefix.value) + " of " +
                                               title(inner) +
                                               (same ? " is that of " : " begins with that of ") +
                                               title(outer) + seen_at(outer.key_prefix.where) +
                                               " on the same upstream, so that one would see its keys; "
                                               "give them prefixes of which none begins with another");
    }
  }
}

}  // namespace

void check_consistency(const Config& config, ProblemList& problems) {
  check_addresses(config, problems);
  check_journal_dirs(config, problems);
  check_key_prefixes(config, problems);
  for (const Environment& environment : config.environments) {
    check_users(environment, problems);
    check_open_door(environment, problems);
    check_durability(config, environment, problems);
  }
}

}  // namespace holdfast::config
