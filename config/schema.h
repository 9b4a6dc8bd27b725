// Every key of holdfast.toml, once: where it stands, its type, whether this version serves it, and where its
// value goes. load() knows no key that is not here; tests check docs/configuration.md and
// config/holdfast.toml against this table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/value.h"

namespace holdfast::config {

enum class Section {
  kServer,
  kAdminTls,
  kUpstream,
  kUpstreamTls,
  kJournal,
  kPosture,
  kEnvironment,
  kEnvironmentTls,
  kKeyspace,
  kLimit,
  kUser,
  kScripts,
  kRule
};

enum class Support {
  kServed,
  kAccepted,  // checked, without effect in this version
  kNotYet,    // in the contract; an error that says so, never ignored
};

// What the keys of a section are written into. Only the pointer of the section being read is set (kJournal
// writes into upstream->journal, kPosture into upstream->posture, those of TLS into *tls).
struct Target {
  Server* server = nullptr;
  Upstream* upstream = nullptr;
  Environment* environment = nullptr;
  TlsFiles* tls = nullptr;
  Keyspace* keyspace = nullptr;
  Limit* limit = nullptr;
  User* user = nullptr;
  BlockRule* rule = nullptr;
  bool url_asks_for_tls = false;                           // of an upstream
  std::optional<Located<std::string>> password_from_file;  // of an upstream
};

struct Key {
  Section section;
  std::string_view name;
  Support support;
  Type type;                               // not used for kNotYet
  void (*set)(Target&, Value&) = nullptr;  // may move from the value; null: the value has no place of its own
};

std::span<const Key> schema();

const Key* find_key(Section section, std::string_view name);

// For messages: all keys of a section, served or not.
std::vector<std::string_view> key_names(Section section);

// "[server]", "[upstream.<name>]", "[[environment.<name>.keyspace]]", ...: how the documentation writes a
// section.
std::string_view section_title(Section section);

}  // namespace holdfast::config
