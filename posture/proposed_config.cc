#include "posture/proposed_config.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <set>

#include "config/redis_url.h"
#include "config/units.h"
#include "posture/rules.h"

namespace holdfast::posture {
namespace {

constexpr size_t kKeyspacesMax = 20;
constexpr int kListenPort = 6380;
constexpr double kNearlyAll = 0.95;
constexpr double kHardlyAny = 0.05;

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

// "order:*" -> "order": what rules are called in errors and metrics.
std::string name_of(std::string_view pattern, std::set<std::string>& taken) {
  std::string name;
  for (const char c : pattern) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  if (name.empty()) name = "keys";
  name.resize(std::min<size_t>(name.size(), 40));
  const std::string stem = name;
  for (int n = 2; !taken.insert(name).second; ++n) name = stem + "-" + std::to_string(n);
  return name;
}

// Room to grow: the next power of two above four times the largest, within what Redis takes.
uint64_t value_limit(int64_t largest) {
  constexpr uint64_t kMost = 512 << 20;
  return std::min(kMost, std::bit_ceil(std::max<uint64_t>(
                             64 * 1024, 4 * static_cast<uint64_t>(std::max<int64_t>(0, largest)))));
}

// The types that a keyspace can ask for.
bool is_plain_type(std::string_view type) {
  constexpr std::array<std::string_view, 6> kTypes = {"string", "hash", "list", "set", "zset", "stream"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

void add_keyspace(const KeyGroup& group, std::set<std::string>& names, std::string& out) {
  const bool kept = group.ttl_share() <= kHardlyAny;
  const bool passing = group.ttl_share() >= kNearlyAll;
  out += "\n# " + std::to_string(group.keys) + " keys seen, " +
         std::to_string(static_cast<int>(group.ttl_share() * 100 + 0.5)) + "% with a TTL, " +
         group.types_text() + ", the largest " + size_text(group.bytes_max) + ".\n";
  out += "[[environment.default.keyspace]]\n";
  out += "name       = " + quoted(name_of(group.pattern, names)) + "\n";
  out += "keys       = [" + quoted(group.pattern) + "]\n";
  if (kept) {
    out += "durability = \"sync\"\n";
    out += "ttl        = \"forbid\"              # they have none: nobody means them to go by themselves\n";
  } else if (passing) {
    out += "durability = \"none\"                # they go by themselves: a cache\n";
    out += "ttl        = \"require\"\n";
  } else {
    out += "durability = \"sync\"                # some have a TTL and some have none: look at these first\n";
  }
  out += "max_value  = " + quoted(config::format_size(value_limit(group.bytes_max))) + "\n";
  if (group.types.size() == 1 && is_plain_type(group.types.begin()->first))
    out += "type       = " + quoted(group.types.begin()->first) + "\n";
}

// What the pattern says for certain: "order:" of "order:*".
std::string_view stem_of(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?"));
}

// The largest groups, those within others before them: the first keyspace that matches a key holds.
std::vector<const KeyGroup*> chosen(const KeyGroups& keys) {
  std::vector<const KeyGroup*> result;
  for (const KeyGroup* group : keys.by_size()) {
    if (group->pattern == KeyGroups::kOthers) continue;
    if (result.size() == kKeyspacesMax) break;
    const auto outer = std::ranges::find_if(result, [&](const KeyGroup* one) {
      return stem_of(group->pattern).starts_with(stem_of(one->pattern));
    });
    result.insert(outer, group);
  }
  return result;
}

void add_login(const config::Upstream& upstream, const std::string& password_file, std::string& out) {
  if (upstream.password.empty()) return;
  if (!password_file.empty()) {
    out += "password_file = " + quoted(password_file) + "\n";
    return;
  }
  out +=
      "# It asks for a password, which is not written here. Put it into a file that only Holdfast may read, "
      "and\n"
      "# take the '#' away" +
      (upstream.user.empty() ? std::string() : ", with " + upstream.user + "@ in front of the host in url") +
      ":\n# password_file = \"/run/secrets/redis\"\n";
}

void add_tls(const config::Upstream& upstream, std::string& out) {
  if (!upstream.tls) return;
  std::string files;
  for (const auto& [key, file] :
       {std::pair{"ca", &upstream.tls->ca}, {"cert", &upstream.tls->cert}, {"key", &upstream.tls->key}})
    if (!file->empty()) files += (files.empty() ? "" : ", ") + std::string(key) + " = " + quoted(*file);
  if (!files.empty()) out += "tls = { " + files + " }\n";
}

}  // namespace

std::string bare_url(const config::Upstream& upstream) {
  if (upstream.endpoint.value.kind == Endpoint::Kind::kUnix) return "unix://" + upstream.endpoint.value.path;
  return (upstream.tls ? "rediss://" : "redis://") + upstream.endpoint.value.to_string();
}

std::string proposed_config(const config::Upstream& upstream, const std::string& password_file,
                            const KeyGroups& keys) {
  std::string url = bare_url(upstream);
  if (!password_file.empty() && !upstream.user.empty())
    url.insert(url.find("://") + 3, config::percent_encoded(upstream.user) + "@");
  // Holdfast must not listen where that Redis does.
  const int port = upstream.endpoint.value.port == kListenPort ? kListenPort + 1 : kListenPort;
  std::string out =
      "# Proposed by `holdfast doctor` from what it saw; read it before you use it.\n"
      "# It begins by reporting only (mode = \"audit\"): when nothing is reported any more, write "
      "\"enforce\".\n\n"
      "[upstream.main]\n"
      "url = " +
      quoted(url) + "\n";
  add_login(upstream, password_file, out);
  add_tls(upstream, out);
  out +=
      "\n[environment.default]\n"
      "upstream   = \"main\"\n"
      "listen     = [\"127.0.0.1:" +
      std::to_string(port) +
      "\"]\n"
      "mode       = \"audit\"\n"
      "durability = \"sync\"\n";
  std::set<std::string> names;
  for (const KeyGroup* group : chosen(keys)) add_keyspace(*group, names, out);
  return out;
}

}  // namespace holdfast::posture
