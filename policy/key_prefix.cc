#include "policy/key_prefix.h"

#include <algorithm>
#include <utility>

#include "policy/words.h"

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;

constexpr std::string_view kReaches = "which would reach keys outside of key_prefix,";
constexpr std::string_view kShows = "which would show keys outside of key_prefix,";
constexpr std::string_view kScript = "which could reach keys outside of key_prefix from inside of a script,";
constexpr std::string_view kShared = "which would change scripts and functions of other environments,";

struct Objection {
  std::string_view command;
  std::string_view why;
};
constexpr Objection kObjections[] = {
    {"flushall", kReaches},
    {"flushdb", kReaches},
    {"swapdb", kReaches},
    {"migrate", kReaches},
    {"debug", kReaches},
    {"dbsize", kShows},
    {"monitor", kShows},
    {"pubsub|numpat", kShows},
    {"slowlog|get", kShows},
    {"memory|stats", kShows},
    {"cluster|countkeysinslot", kShows},
    {"cluster|getkeysinslot", kShows},
    {"eval", kScript},
    {"eval_ro", kScript},
    {"evalsha", kScript},
    {"evalsha_ro", kScript},
    {"fcall", kScript},
    {"fcall_ro", kScript},
    {"script|flush", kShared},
    {"function|load", kShared},
    {"function|delete", kShared},
    {"function|flush", kShared},
    {"function|restore", kShared},
};

struct Form {
  std::string_view command;
  ReplyForm form;
};
constexpr Form kForms[] = {
    {"randomkey", ReplyForm::kName},
    {"keys", ReplyForm::kEach},
    {"scan", ReplyForm::kScan},
    {"blpop", ReplyForm::kFirst},
    {"brpop", ReplyForm::kFirst},
    {"bzpopmin", ReplyForm::kFirst},
    {"bzpopmax", ReplyForm::kFirst},
    {"lmpop", ReplyForm::kFirst},
    {"blmpop", ReplyForm::kFirst},
    {"zmpop", ReplyForm::kFirst},
    {"bzmpop", ReplyForm::kFirst},
    {"xread", ReplyForm::kStreams},
    {"xreadgroup", ReplyForm::kStreams},
    {"pubsub|channels", ReplyForm::kEach},
    {"pubsub|shardchannels", ReplyForm::kEach},
    {"pubsub|numsub", ReplyForm::kEverySecond},
    {"pubsub|shardnumsub", ReplyForm::kEverySecond},
    {"info", ReplyForm::kInfo},
    // -NOGROUP names the key.
    {"xgroup|create", ReplyForm::kErrors},
    {"xgroup|createconsumer", ReplyForm::kErrors},
    {"xgroup|delconsumer", ReplyForm::kErrors},
    {"xgroup|destroy", ReplyForm::kErrors},
    {"xgroup|setid", ReplyForm::kErrors},
    {"xinfo|consumers", ReplyForm::kErrors},
    {"xinfo|groups", ReplyForm::kErrors},
    {"xinfo|stream", ReplyForm::kErrors},
    {"xack", ReplyForm::kErrors},
    {"xpending", ReplyForm::kErrors},
    {"xclaim", ReplyForm::kErrors},
    {"xautoclaim", ReplyForm::kErrors},
};

struct Facts {
  std::string_view why_not;
  ReplyForm form = ReplyForm::kPlain;
};

// By CommandId; made once, before main().
const std::vector<Facts> kFacts = [] {
  std::vector<Facts> facts(commands().size());
  for (const Objection& objection : kObjections)
    facts[find_command(objection.command)].why_not = objection.why;
  for (const Form& form : kForms) facts[find_command(form.command)].form = form.form;
  return facts;
}();

// What an argument is to the rewriter.
enum class Part : uint8_t { kOther, kName, kChannel, kPublished, kElementPattern };

struct Known {
  CommandId keys = find_command("keys");
  CommandId randomkey = find_command("randomkey");
  CommandId scan = find_command("scan");
  CommandId tracking = find_command("client|tracking");
  CommandId channels = find_command("pubsub|channels");
  CommandId shard_channels = find_command("pubsub|shardchannels");
  CommandId numsub = find_command("pubsub|numsub");
  CommandId shard_numsub = find_command("pubsub|shardnumsub");
};
const Known kKnown;

void append_bulk(std::string& out, std::string_view first, std::string_view second = {}) {
  out += '$';
  out += std::to_string(first.size() + second.size());
  out.append("\r\n").append(first).append(second).append("\r\n");
}

// How long "__keyspace@<database>__:" is at the beginning of a name; 0: it is none. The database of a pattern
// may be "*", which reaches over the colon too; what it finds there is dropped (proxy/prefixed_replies.h).
size_t keyspace_head(std::string_view name) {
  constexpr std::string_view kBegin = "__keyspace@";
  constexpr std::string_view kEnd = "__:";
  if (!name.starts_with(kBegin)) return 0;
  size_t at = kBegin.size();
  if (at < name.size() && name[at] == '*')
    ++at;
  else
    while (at < name.size() && name[at] >= '0' && name[at] <= '9') ++at;
  if (at == kBegin.size() || !name.substr(at).starts_with(kEnd)) return 0;
  return at + kEnd.size();
}

// Channels whose messages are keys: of anybody, so those of others are dropped.
bool is_keyevent(std::string_view name) {
  return name.starts_with("__keyevent@");
}

// Channels on which Redis tells of keys and that are not one of these two kinds. Their names are not
// prefixed, so a pattern that begins with a part of them would find nothing.
bool tells_of_other_keys(std::string_view name, bool is_pattern) {
  if (is_keyevent(name) || keyspace_head(name) > 0) return false;
  return name.starts_with("__keyspace@") ||
         (is_pattern && name.starts_with("__key") && name.find_first_of("*?[\\") < 11);
}

// A key with this prefix, by chance: Redis's own choice, unless most keys are others'; then one that SCAN
// finds. Bounded, since nobody else is served meanwhile.
constexpr std::string_view kRandomKeyScript =
    "for _ = 1, 100 do "
    "local key = redis.call('RANDOMKEY') "
    "if not key then return false end "
    "if string.sub(key, 1, #ARGV[1]) == ARGV[1] then return key end end "
    "local cursor = '0' "
    "for _ = 1, 1000 do "
    "local step = redis.call('SCAN', cursor, 'MATCH', ARGV[1] .. '*', 'COUNT', 100) "
    "if step[2][1] then return step[2][math.random(#step[2])] end "
    "cursor = step[1] if cursor == '0' then return false end end "
    "return redis.error_reply('ERR holdfast: none of 100 random keys and of the first 100000 has the "
    "key_prefix of "
    "this environment')";

}  // namespace

KeyPrefix::KeyPrefix(std::string prefix, bool scripts_are_confined)
    : prefix_(std::move(prefix)), scripts_are_confined_(scripts_are_confined) {}

bool KeyPrefix::concerns(CommandId id) {
  return id == kUnknownCommand || may_name_keys(id) || !kFacts[id].why_not.empty() ||
         kFacts[id].form != ReplyForm::kPlain || id == kKnown.tracking;
}

bool KeyPrefix::reaches_beyond_its_keys(CommandId id) {
  const Facts& facts = kFacts[id];
  return id == kUnknownCommand || (!facts.why_not.empty() && facts.why_not != kScript) ||
         facts.form == ReplyForm::kName || facts.form == ReplyForm::kEach || facts.form == ReplyForm::kScan ||
         facts.form == ReplyForm::kEverySecond;
}

bool KeyPrefix::needs_all_keys(CommandId id, const KeyUses& uses) {
  return reaches_beyond_its_keys(id) ||
         std::ranges::any_of(uses.all(), [](const KeyUse& use) { return use.kind == KeyKind::kKeyPattern; });
}

ReplyForm KeyPrefix::reply_form(CommandId id) {
  return kFacts[id].form;
}

std::string_view KeyPrefix::objection(CommandId id, Arguments arguments, const KeyUses& uses) const {
  const std::string_view why_not = kFacts[id].why_not;
  if (!why_not.empty() && !(scripts_are_confined_ && why_not == kScript)) return why_not;
  if (!uses.all_known()) return "whose keys are not known,";
  for (const KeyUse& use : uses.all()) {
    const std::string_view name = arguments[use.argument];
    const bool channel = use.kind == KeyKind::kChannel || use.kind == KeyKind::kChannelPattern;
    if (channel && (use.access & kSubscribe) != 0 &&
        tells_of_other_keys(name, use.kind == KeyKind::kChannelPattern))
      return kShows;
  }
  if (id == kKnown.tracking) {
    bool broadcasts = false;
    bool redirects = false;
    for (const std::string_view argument : arguments.subspan(2)) {
      broadcasts |= is_option(argument, "BCAST");
      redirects |= is_option(argument, "REDIRECT");
    }
    if (broadcasts && redirects) return "with BCAST and REDIRECT, which key_prefix does not serve,";
  }
  return {};
}

std::string KeyPrefix::channel(std::string_view name) const {
  if (name == "__redis__:invalidate" || is_keyevent(name)) return std::string(name);
  const size_t head = keyspace_head(name);
  return std::string(name.substr(0, head)) + prefix_ + std::string(name.substr(head));
}

std::string KeyPrefix::own_name(std::string_view channel) const {
  const size_t head = keyspace_head(channel);
  const std::string_view key = channel.substr(head);
  if (!key.starts_with(prefix_)) return std::string(channel);
  return std::string(channel.substr(0, head)) + std::string(key.substr(prefix_.size()));
}

void KeyPrefix::rewrite(CommandId id, Arguments arguments, const KeyUses& uses, std::string& out) const {
  if (id == kKnown.randomkey) {
    out += "*4\r\n";
    for (std::string_view word : {std::string_view("EVAL"), kRandomKeyScript, std::string_view("0")})
      append_bulk(out, word);
    return append_bulk(out, prefix_);
  }
  std::vector<Part> parts(arguments.size(), Part::kOther);
  for (const KeyUse& use : uses.all()) {
    const bool is_key = use.kind == KeyKind::kKey;
    parts[use.argument] = is_key                             ? Part::kName
                          : use.kind == KeyKind::kKeyPattern ? Part::kElementPattern
                          : (use.access & kPublish) != 0     ? Part::kPublished
                                                             : Part::kChannel;
  }
  bool adds_match = false;
  bool adds_prefix = false;
  bool adds_pattern = false;
  if (id == kKnown.keys) parts[1] = Part::kName;
  if (id == kKnown.scan) {
    adds_match = true;
    for (size_t i = 2; i + 1 < arguments.size(); i += 2) {
      if (!is_option(arguments[i], "MATCH")) continue;
      parts[i + 1] = Part::kName;
      adds_match = false;
    }
  }
  if (id == kKnown.tracking) {
    for (size_t i = 3; i < arguments.size(); ++i) {
      if (is_option(arguments[i], "BCAST")) adds_prefix = true;
      if (is_option(arguments[i], "REDIRECT")) ++i;
      if (i + 1 < arguments.size() && is_option(arguments[i], "PREFIX")) parts[++i] = Part::kName;
    }
    if (std::ranges::find(parts, Part::kName) != parts.end()) adds_prefix = false;
  }
  if (id == kKnown.channels || id == kKnown.shard_channels) {
    adds_pattern = arguments.size() == 2;
    if (arguments.size() > 2) parts[2] = Part::kName;
  }
  if (id == kKnown.numsub || id == kKnown.shard_numsub)
    std::fill(parts.begin() + 2, parts.end(), Part::kPublished);

  const size_t added = (adds_match || adds_prefix ? 2 : 0) + (adds_pattern ? 1 : 0);
  out += '*';
  out += std::to_string(arguments.size() + added);
  out += "\r\n";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    switch (parts[i]) {
      case Part::kOther:
        append_bulk(out, argument);
        break;
      case Part::kName:
        append_bulk(out, prefix_, argument);
        break;
      case Part::kChannel:
        append_bulk(out, channel(argument));
        break;
      case Part::kPublished:
        // Whoever listens on the others believes that Redis says it.
        keyspace_head(argument) > 0 ? append_bulk(out, channel(argument))
                                    : append_bulk(out, prefix_, argument);
        break;
      case Part::kElementPattern:  // GET # and BY nosort are no names
        append_bulk(out, argument.find('*') != std::string_view::npos ? prefix_ : std::string_view(),
                    argument);
        break;
    }
  }
  if (adds_match) append_bulk(out, "MATCH");
  if (adds_prefix) append_bulk(out, "PREFIX");
  if (adds_match) append_bulk(out, prefix_, "*");
  if (adds_prefix) append_bulk(out, prefix_);
  if (adds_pattern) append_bulk(out, prefix_, "*");
}

}  // namespace holdfast::policy
