#include "tests/docs/compatibility_page.h"

#include <map>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "policy/command_table.h"
#include "policy/policy.h"
#include "proxy/route.h"
#include "tests/docs/route_words.h"

namespace holdfast::docs {
namespace {

using policy::CommandId;
using policy::CommandInfo;

constexpr const char* kHead = R"(# Compatibility: every command of Redis 7 and how it is served

Written by `./dev docs` from the command table, the routes and the default policy that the proxy itself
uses, and checked by a test; do not edit it. That replies are those of Redis, byte for byte, is tested for
the commands that are served, in RESP2 and RESP3, one by one, in pipelines, inline and inside transactions
(`tests/integration/compatibility/`). INFO has a section at its end that Redis's has not, and there is one
command that no Redis has: HOLDFAST.

- **Shared link**: a connection to Redis that many clients share. The command runs in Redis; nothing about
  it is Holdfast's.
- **Private link**: a connection to Redis that belongs to this client for as long as is said.
- **By Holdfast**: answered without asking Redis, since it is about the client's own connection.
- **Waits**: the reply waits until the journal holds the write (`durability = "sync"`, the default).
  Inside MULTI it is EXEC's reply that waits.
- **Default policy**: what `block = ["@builtin"]` says ([policy.md](policy.md)). What is refused there is
  served as the table says once `allow` names it.

A command or a sub-command that is not in this table is refused, unless `unknown_commands = "allow"`: then
it is taken for a write and gets a private link until its reply is in. Between MULTI and EXEC every
command is queued on the transaction's private link.

With `auth = "users"` the ACL commands are about Holdfast's own users ([policy.md](policy.md)). What a client
can notice in spite of all this is listed in [connections.md](connections.md#what-is-different).
)";

struct Group {
  std::string_view category;  // an ACL category; empty: all that is left
  std::string_view title;
};

// In this order: a command belongs to the first that it has the category of.
constexpr Group kGroups[] = {
    {"transaction", "Transactions"},
    {"scripting", "Scripts and functions"},
    {"pubsub", "Pub/sub"},
    {"connection", "Connection"},
    {"stream", "Streams"},
    {"geo", "Geo"},
    {"hyperloglog", "HyperLogLog"},
    {"bitmap", "Bitmaps"},
    {"string", "Strings"},
    {"hash", "Hashes"},
    {"list", "Lists"},
    {"set", "Sets"},
    {"sortedset", "Sorted sets"},
    {"keyspace", "Keys"},
    {"", "Server"},
    {"holdfast", "Holdfast's own"},
};

std::string label(std::string_view name) {
  std::string text;
  for (const char c : name) text += c == '|' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

size_t group_of(CommandId id) {
  const std::string_view name = policy::command(id).name;
  if (policy::is_own_command(id)) return std::size(kGroups) - 1;
  // The entries of containers carry no category of their own; their first sub-command does.
  uint32_t categories = policy::command(id).categories;
  if (policy::command(id).has(policy::kContainer) && id + size_t{1} < policy::commands().size())
    categories |= policy::commands()[id + size_t{1}].categories;
  if (name == "select" || name.starts_with("client")) categories |= policy::category_bit("connection");
  for (size_t i = 0; i < std::size(kGroups); ++i) {
    if (kGroups[i].category.empty() || (categories & policy::category_bit(kGroups[i].category)) != 0)
      return i;
  }
  return std::size(kGroups) - 2;
}

std::string row(CommandId id, const policy::Policy& policy) {
  const CommandInfo& command = policy::command(id);
  const proxy::Route route = proxy::route_of(id);
  std::string served(words_of(route));
  if (route == proxy::Route::kUnsupported) served.append(": ").append(reason_not_served(command.name));
  const policy::Verdict& verdict = policy.decide(id);
  const std::string decision = verdict.decision == policy::Decision::kRefuse
                                   ? "refused (`" + std::string(verdict.rule) + "`)"
                                   : "allowed";
  const bool waits = command.may_write() && route != proxy::Route::kUnsupported;
  return "| `" + label(command.name) + "` | " + served + " | " + (waits ? "waits" : "") + " | " + decision +
         " |\n";
}

}  // namespace

std::string compatibility_page() {
  const config::Config defaults = config::defaults();
  const auto policy = policy::Policy::compile(defaults.environments.at(0));
  if (!policy.ok()) return {};
  std::vector<std::string> tables(std::size(kGroups));
  for (size_t i = 1; i < policy::commands().size(); ++i) {
    const auto id = static_cast<CommandId>(i);
    // A container without a sub-command is no command: Redis and Holdfast answer both that it lacks one.
    if (policy::command(id).needs_subcommand()) continue;
    tables[group_of(id)] += row(id, *policy.value());
  }
  std::string page = kHead;
  for (size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].empty()) continue;
    page.append("\n## ").append(kGroups[i].title);
    page.append("\n\n| command | served | journal | default policy |\n|---|---|---|---|\n").append(tables[i]);
  }
  return page;
}

}  // namespace holdfast::docs
