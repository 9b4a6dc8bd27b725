#include "posture/proposed_config.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <set>

#include "config/units.h"
#include "posture/rules.h"

namespace holdfast::posture {
namespace {

constexpr size_t kKeyspacesMax = 20;
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

// Room to grow: the next power of two above four times the largest.
uint64_t value_limit(int64_t largest) {
  return std::bit_ceil(
      std::max<uint64_t>(64 * 1024, 4 * static_cast<uint64_t>(std::max<int64_t>(0, largest))));
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

}  // namespace

std::string proposed_config(const std::string& upstream_url, const KeyGroups& keys) {
  std::string out =
      "# Proposed by `holdfast doctor` from what it saw; read it before you use it.\n"
      "# It begins by reporting only (mode = \"audit\"): when nothing is reported any more, write "
      "\"enforce\".\n\n"
      "[upstream.main]\n"
      "url = " +
      quoted(upstream_url) +
      "\n\n"
      "[environment.default]\n"
      "upstream   = \"main\"\n"
      "listen     = [\"127.0.0.1:6380\"]\n"
      "mode       = \"audit\"\n"
      "durability = \"sync\"\n";
  std::set<std::string> names;
  size_t written = 0;
  for (const KeyGroup* group : keys.by_size()) {
    if (group->pattern == KeyGroups::kOthers || written == kKeyspacesMax) continue;
    ++written;
    add_keyspace(*group, names, out);
  }
  return out;
}

}  // namespace holdfast::posture
