#include "policy/ttl_effect.h"

#include <vector>

#include "policy/words.h"

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;
using Kind = TtlEffect::Kind;

// How a command treats the keys that it may write.
enum class Way : uint8_t {
  kLeaves,       // never makes a key
  kClears,       // overwrites them
  kCreates,      // may make them
  kCreatesLast,  // takes from the first key, gives to the second, which it may make
  kSet,
  kSetWithTtl,  // SETEX, PSETEX
  kExpire,      // EXPIRE and its family
  kGetex,
  kZadd,
  kXadd,
  kXgroupCreate,
  kBitfield,
  kRestore,
  kRename,  // and COPY: the second key gets what the first has
  kScript,
};

struct Fact {
  std::string_view command;
  Way way;
};

constexpr Fact kFacts[] = {
    {"set", Way::kSet},
    {"setex", Way::kSetWithTtl},
    {"psetex", Way::kSetWithTtl},
    {"getex", Way::kGetex},
    {"expire", Way::kExpire},
    {"pexpire", Way::kExpire},
    {"expireat", Way::kExpire},
    {"pexpireat", Way::kExpire},
    {"persist", Way::kClears},
    {"restore", Way::kRestore},
    {"restore-asking", Way::kRestore},
    {"rename", Way::kRename},
    {"renamenx", Way::kRename},
    {"copy", Way::kRename},
    // They put a whole new value in place of the old one: setKey() without KEEPTTL.
    {"getset", Way::kClears},
    {"setnx", Way::kClears},
    {"mset", Way::kClears},
    {"msetnx", Way::kClears},
    {"bitop", Way::kClears},
    {"sort", Way::kClears},
    {"sunionstore", Way::kClears},
    {"sinterstore", Way::kClears},
    {"sdiffstore", Way::kClears},
    {"zunionstore", Way::kClears},
    {"zinterstore", Way::kClears},
    {"zdiffstore", Way::kClears},
    {"zrangestore", Way::kClears},
    {"georadius", Way::kClears},
    {"georadiusbymember", Way::kClears},
    {"geosearchstore", Way::kClears},
    // They change a value in place, and make it when it is not there.
    {"append", Way::kCreates},
    {"setrange", Way::kCreates},
    {"setbit", Way::kCreates},
    {"incr", Way::kCreates},
    {"incrby", Way::kCreates},
    {"incrbyfloat", Way::kCreates},
    {"decr", Way::kCreates},
    {"decrby", Way::kCreates},
    {"pfadd", Way::kCreates},
    {"pfmerge", Way::kCreates},
    {"hset", Way::kCreates},
    {"hsetnx", Way::kCreates},
    {"hmset", Way::kCreates},
    {"hincrby", Way::kCreates},
    {"hincrbyfloat", Way::kCreates},
    {"lpush", Way::kCreates},
    {"rpush", Way::kCreates},
    {"sadd", Way::kCreates},
    {"zincrby", Way::kCreates},
    {"zadd", Way::kZadd},
    {"geoadd", Way::kZadd},
    {"xadd", Way::kXadd},
    {"xgroup|create", Way::kXgroupCreate},
    {"bitfield", Way::kBitfield},
    {"smove", Way::kCreatesLast},
    {"lmove", Way::kCreatesLast},
    {"blmove", Way::kCreatesLast},
    {"rpoplpush", Way::kCreatesLast},
    {"brpoplpush", Way::kCreatesLast},
    {"eval", Way::kScript},
    {"evalsha", Way::kScript},
    {"fcall", Way::kScript},
};

// By CommandId; made once, before main().
const std::vector<Way> kWays = [] {
  std::vector<Way> ways(commands().size(), Way::kLeaves);
  for (const Fact& fact : kFacts) ways[find_command(fact.command)] = fact.way;
  ways[kUnknownCommand] = Way::kScript;
  return ways;
}();

bool has_option(Arguments arguments, size_t from, std::string_view word) {
  for (size_t i = from; i < arguments.size(); ++i)
    if (is_option(arguments[i], word)) return true;
  return false;
}

int64_t times(int64_t number, int64_t factor) {
  int64_t product = 0;
  if (__builtin_mul_overflow(number, factor, &product))
    return number > 0 ? TtlEffect::kForEver : -TtlEffect::kForEver;
  return product;
}

// A time as Redis takes it, in its unit, from now or since the epoch. Not a number: Redis refuses the
// command.
TtlEffect sets(std::string_view number, int64_t unit_ms, bool absolute, int64_t now_ms) {
  const auto value = to_integer(number);
  if (!value) return {};
  int64_t lives_ms = times(*value, unit_ms);
  if (absolute && __builtin_sub_overflow(lives_ms, now_ms, &lives_ms)) lives_ms = -TtlEffect::kForEver;
  return {.kind = Kind::kSets, .lives_ms = lives_ms};
}

// What EX, PX, EXAT and PXAT say; given twice, the last one counts (t_string.c,
// parseExtendedStringArgumentsOrReply), whose number is the only one that Redis looks at. Calls other(word)
// for every other argument. kNone: there is none of them.
template <typename Other>
TtlEffect time_options(Arguments arguments, size_t from, int64_t now_ms, Other other) {
  struct Option {
    std::string_view word;
    int64_t unit_ms;
    bool absolute;
  };
  constexpr Option kOptions[] = {
      {"EX", 1000, false}, {"PX", 1, false}, {"EXAT", 1000, true}, {"PXAT", 1, true}};
  TtlEffect effect;
  for (size_t i = from; i < arguments.size(); ++i) {
    const Option* found = nullptr;
    for (const Option& option : kOptions)
      if (i + 1 < arguments.size() && is_option(arguments[i], option.word)) found = &option;
    if (found == nullptr)
      other(arguments[i]);
    else
      effect = sets(arguments[++i], found->unit_ms, found->absolute, now_ms);
  }
  return effect;
}

// SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]. Redis refuses two of the last.
TtlEffect set_effect(Arguments arguments, int64_t now_ms) {
  bool keeps = false;
  bool only_existing = false;
  const TtlEffect effect = time_options(arguments, 3, now_ms, [&](std::string_view word) {
    keeps |= is_option(word, "KEEPTTL");
    only_existing |= is_option(word, "XX");
  });
  if (effect.kind != Kind::kNone) return effect;
  if (!keeps) return {.kind = Kind::kClears};
  return {.kind = only_existing ? Kind::kNone : Kind::kMayCreate};
}

TtlEffect getex_effect(Arguments arguments, int64_t now_ms) {
  bool persists = false;
  const TtlEffect effect = time_options(
      arguments, 2, now_ms, [&](std::string_view word) { persists |= is_option(word, "PERSIST"); });
  return effect.kind == Kind::kNone && persists ? TtlEffect{.kind = Kind::kClears} : effect;
}

// Their names tell unit and zero: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT.
TtlEffect expire_effect(std::string_view name, Arguments arguments, int64_t now_ms) {
  if (arguments.size() < 3) return {};
  TtlEffect effect = sets(arguments[2], name.front() == 'p' ? 1 : 1000, name.ends_with("at"), now_ms);
  // A far time, or one long past, may overflow in Redis, which then refuses the command.
  constexpr int64_t kFarMs = int64_t{1} << 52;
  const bool plain =
      arguments.size() == 3 ||
      (arguments.size() == 4 && (is_option(arguments[3], "NX") || is_option(arguments[3], "LT")));
  effect.always =
      plain && effect.kind == Kind::kSets && effect.lives_ms < kFarMs && effect.lives_ms > -kFarMs;
  return effect;
}

// RESTORE key ttl value [REPLACE] [ABSTTL] ...
TtlEffect restore_effect(Arguments arguments, int64_t now_ms) {
  if (arguments.size() < 4) return {};
  const auto ttl = to_integer(arguments[2]);
  if (!ttl) return {};
  if (*ttl == 0) return {.kind = Kind::kClears};
  return sets(arguments[2], 1, has_option(arguments, 4, "ABSTTL"), now_ms);
}

TtlEffect creates_if(bool creates) {
  return {.kind = creates ? Kind::kMayCreate : Kind::kNone};
}

// Of ZADD and GEOADD: their options come before the first score, and a member may be called XX.
bool has_xx(Arguments arguments) {
  for (size_t i = 2; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (is_option(word, "XX")) return true;
    if (!is_option(word, "NX") && !is_option(word, "GT") && !is_option(word, "LT") &&
        !is_option(word, "CH") && !is_option(word, "INCR"))
      return false;
  }
  return false;
}

}  // namespace

TtlEffect ttl_effect(CommandId id, Arguments arguments, size_t key_index, bool writes, int64_t now_ms) {
  const Way way = kWays[id];
  if (!writes && way != Way::kScript) return {};
  switch (way) {
    case Way::kLeaves:
      return {};
    case Way::kClears:
      return {.kind = Kind::kClears};
    case Way::kCreates:
      return {.kind = Kind::kMayCreate};
    case Way::kCreatesLast:
      return creates_if(key_index == 2);
    case Way::kSet:
      return set_effect(arguments, now_ms);
    case Way::kSetWithTtl:
      if (arguments.size() < 3) return {};
      return sets(arguments[2], command(id).name.front() == 'p' ? 1 : 1000, false, now_ms);
    case Way::kExpire:
      return expire_effect(command(id).name, arguments, now_ms);
    case Way::kGetex:
      return getex_effect(arguments, now_ms);
    case Way::kZadd:
      return creates_if(!has_xx(arguments));
    case Way::kXadd:
      return creates_if(arguments.size() <= 2 || !is_option(arguments[2], "NOMKSTREAM"));
    case Way::kXgroupCreate:
      return creates_if(has_option(arguments, 5, "MKSTREAM"));
    case Way::kBitfield:
      return creates_if(has_option(arguments, 2, "SET") || has_option(arguments, 2, "INCRBY"));
    case Way::kRestore:
      return restore_effect(arguments, now_ms);
    case Way::kRename:
      if (key_index != 2) return {};
      return {.kind = Kind::kInherits, .from = arguments[1]};
    case Way::kScript:
      return {.kind = Kind::kUnknown};
  }
  return {.kind = Kind::kUnknown};
}

}  // namespace holdfast::policy
