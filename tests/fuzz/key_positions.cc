// A fuzz target over key extraction and what is decided with it. An input is a command line in a small code
// (read_line()); whatever it says, the positions are within the line, the same in any case and with a scratch
// of any past, and what comes after them (ACL, keyspaces, limits, key_prefix) does not crash.
//
// That the keys are the right ones is compared with a real server in key_positions_server_test.cc; here it is
// about lines that no test has thought of. How to run it: README.md.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "config/problems.h"
#include "policy/key_prefix.h"
#include "policy/keyspaces.h"
#include "policy/unbounded_reads.h"
#include "policy/users.h"

namespace holdfast::policy {
namespace {

#define REQUIRE(condition)                                                 \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                        \
    }                                                                      \
  } while (false)

// Options of every command with a grammar of its own, counts that lie, names that look like options.
constexpr std::string_view kWords[] = {
    "k",          "mine:1",   "STORE",
    "STOREDIST",  "BY",       "GET",
    "LIMIT",      "STREAMS",  "GROUP",
    "COUNT",      "BLOCK",    "NOACK",
    "KEYS",       "AUTH",     "AUTH2",
    "COPY",       "REPLACE",  "DB",
    "0",          "1",        "2",
    "3",          "-1",       "01",
    "99999999",   "+1",       "18446744073709551616",
    "*",          "w_*->f",   "nosort",
    "#",          "EX",       "PX",
    "EXAT",       "KEEPTTL",  "PERSIST",
    "NX",         "XX",       "OVERFLOW",
    "SET",        "INCRBY",   "u8",
    "LEFT",       "MIN",      "WEIGHTS",
    "BYLEX",      "MATCH",    "AGGREGATE",
    "WITHSCORES", "ASC",      "ALPHA",
    "object",     "sleep",    "digest-value",
    "",           " ",        "BCAST",
    "PREFIX",     "REDIRECT", "LADDR",
    "TYPE",       "m",        "__keyspace@0__:k",
};

struct Line {
  CommandId id = kUnknownCommand;
  std::vector<std::string> words;
  size_t total = 0;  // how many it says to have
};

// Two bytes: a command. One: how many of its arguments are not at hand. Then arguments: a byte below 0x80 is
// a word of the list, and any other is followed by so many bytes of its own (the lowest five bits).
Line read_line(const uint8_t* data, size_t size) {
  Line line;
  if (size < 3) return line;
  const std::string_view name = commands()[(data[0] | data[1] << 8) % commands().size()].name;
  const size_t bar = name.find('|');
  line.words.emplace_back(name.substr(0, bar));
  if (bar != std::string_view::npos) line.words.emplace_back(name.substr(bar + 1));
  for (size_t at = 3; at < size;) {
    const uint8_t byte = data[at++];
    if (byte < 0x80) {
      line.words.emplace_back(kWords[byte % std::size(kWords)]);
      continue;
    }
    const size_t bytes = std::min<size_t>(byte & 0x1f, size - at);
    line.words.emplace_back(reinterpret_cast<const char*>(data + at), bytes);
    at += bytes;
  }
  line.total = line.words.size() + data[2] % 8;
  return line;
}

std::vector<std::string_view> views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

std::string in_the_other_case(std::string text) {
  for (char& c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

void check_uses(const KeyUses& uses, size_t total) {
  constexpr uint16_t kWhat = kKeyReadOnly | kKeyReadWrite | kKeyOverwrite | kKeyRemove;
  for (const KeyUse& use : uses.all()) {
    REQUIRE(use.argument >= 1 && use.argument < total);
    const auto what = static_cast<unsigned>(use.access & kWhat);
    if (use.kind == KeyKind::kKey)
      REQUIRE(what != 0 && (what & (what - 1)) == 0);
    else if (use.kind != KeyKind::kKeyPattern)
      REQUIRE((use.access & (kSubscribe | kUnsubscribe | kPublish)) != 0);
  }
}

const Users& users() {
  static const Users all = [] {
    config::Environment environment;
    environment.name = "fuzz";
    config::User user;
    user.name = "u";
    user.acl.value = "+@all -@dangerous +select|0 ~mine:* %R~read:* &m* (+set ~k) (+eval ~a?b*c[d-e])";
    environment.users.push_back(user);
    config::ProblemList problems("fuzz");
    return Users::compile(environment, problems);
  }();
  return all;
}

const Keyspaces& keyspaces() {
  static const config::Environment environment = [] {
    config::Environment made;
    made.name = "fuzz";
    config::Keyspace keyspace;
    keyspace.name = "mine";
    keyspace.keys.push_back({"mine:*", {}});
    keyspace.ttl.kind = config::TtlRule::Kind::kRequire;
    keyspace.max_value_bytes = 10;
    keyspace.type = config::KeyType::kHash;
    made.keyspaces.push_back(keyspace);
    return made;
  }();
  static const Keyspaces all(environment);
  return all;
}

void check(const Line& line) {
  if (line.words.empty()) return;
  const std::vector<std::string_view> words = views(line.words);
  const CommandId id = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  static KeyUses used;  // by all inputs before
  KeyUses fresh;
  find_keys(id, words, used);
  find_keys(id, words, fresh);
  REQUIRE(used.all() == fresh.all() && used.all_known() == fresh.all_known());
  check_uses(fresh, words.size());

  // Options are the same in any case, so a client cannot hide a key behind theirs.
  std::vector<std::string> other_words;
  for (const std::string& word : line.words) other_words.push_back(in_the_other_case(word));
  const std::vector<std::string_view> others = views(other_words);
  REQUIRE(find_command(others[0], others.size() > 1 ? others[1] : std::string_view()) == id);
  KeyUses again;
  find_keys(id, others, again);
  REQUIRE(again.all() == fresh.all() && again.all_known() == fresh.all_known());

  // With only the first ones at hand the keys are the same, or it is said that some may be missing.
  KeyUses cut;
  find_keys(id, words, cut, line.total);
  check_uses(cut, line.total);
  if (line.total == words.size()) REQUIRE(cut.all() == fresh.all());
  for (size_t count = 1; count < words.size(); ++count) {
    find_keys(id, std::span(words).first(count), cut, words.size());
    check_uses(cut, words.size());
    if (!cut.all_known() || !fresh.all_known()) continue;
    for (const KeyUse& use : fresh.all())
      REQUIRE(
          std::ranges::any_of(cut.all(), [&](const KeyUse& one) { return one.argument == use.argument; }));
  }

  const User& user = *users().find("u");
  const AclVerdict verdict = user.acl.check(id, words, fresh);
  REQUIRE(verdict.argument < words.size());
  if (verdict.allowed() && !user.acl.always_allows(id)) REQUIRE(fresh.all_known());
  is_unbounded_read(id, words);
  OwedTtls owed;
  keyspaces().decide(id, words, fresh, 1'000, &owed);
  const KeyPrefix prefix("p:", true);
  if (KeyPrefix::concerns(id) && prefix.objection(id, words, fresh).empty()) {
    std::string request;
    prefix.rewrite(id, words, fresh, request);
    REQUIRE(request.starts_with('*') && request.ends_with("\r\n"));
  }
}

}  // namespace
}  // namespace holdfast::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  holdfast::policy::check(holdfast::policy::read_line(data, size));
  return 0;
}
