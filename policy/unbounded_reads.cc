#include "policy/unbounded_reads.h"

#include <limits>
#include <vector>

#include "policy/words.h"

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;

enum class Bound : uint8_t {
  kNotARead,     // or bounded by nature
  kNone,         // all of it, always
  kIndexes,      // start and stop at 2 and 3
  kZrange,       // the same, or with BYSCORE and BYLEX a LIMIT
  kLimit,        // LIMIT offset count
  kCount,        // COUNT count
  kCountOption,  // COUNT count, which has a small default
  kCountAt2,     // a count as the third word, perhaps negative
};

struct Fact {
  std::string_view command;
  Bound bound;
};
constexpr Fact kFacts[] = {
    {"keys", Bound::kNone},
    {"hgetall", Bound::kNone},
    {"hkeys", Bound::kNone},
    {"hvals", Bound::kNone},
    {"smembers", Bound::kNone},
    {"sunion", Bound::kNone},
    {"sinter", Bound::kNone},
    {"sdiff", Bound::kNone},
    {"zunion", Bound::kNone},
    {"zinter", Bound::kNone},
    {"zdiff", Bound::kNone},
    {"lrange", Bound::kIndexes},
    {"zrevrange", Bound::kIndexes},
    {"zrange", Bound::kZrange},
    {"zrangebyscore", Bound::kLimit},
    {"zrevrangebyscore", Bound::kLimit},
    {"zrangebylex", Bound::kLimit},
    {"zrevrangebylex", Bound::kLimit},
    {"sort", Bound::kLimit},
    {"sort_ro", Bound::kLimit},
    {"xrange", Bound::kCount},
    {"xrevrange", Bound::kCount},
    {"xread", Bound::kCount},
    {"xreadgroup", Bound::kCount},
    {"georadius", Bound::kCount},
    {"georadius_ro", Bound::kCount},
    {"georadiusbymember", Bound::kCount},
    {"georadiusbymember_ro", Bound::kCount},
    {"geosearch", Bound::kCount},
    {"scan", Bound::kCountOption},
    {"hscan", Bound::kCountOption},
    {"sscan", Bound::kCountOption},
    {"zscan", Bound::kCountOption},
    {"hrandfield", Bound::kCountAt2},
    {"srandmember", Bound::kCountAt2},
    {"zrandmember", Bound::kCountAt2},
};

// By CommandId; made once, before main().
const std::vector<Bound> kBounds = [] {
  std::vector<Bound> bounds(commands().size(), Bound::kNotARead);
  for (const Fact& fact : kFacts) bounds[find_command(fact.command)] = fact.bound;
  return bounds;
}();

bool is_too_many(int64_t count) {
  return count > kBoundedElements || count < -kBoundedElements;
}

// The number `place` words behind the last such option; Redis takes the last one. Nothing: there is none.
std::optional<int64_t> option(Arguments arguments, size_t from, std::string_view word, size_t place) {
  std::optional<int64_t> number;
  for (size_t i = from; i + place < arguments.size(); ++i)
    if (is_option(arguments[i], word)) number = to_integer(arguments[i + place]);
  return number;
}

// From start to stop, both counted from the end when negative. What is not a number Redis refuses.
bool is_wide(std::string_view start_word, std::string_view stop_word) {
  const auto start = to_integer(start_word);
  const auto stop = to_integer(stop_word);
  if (!start || !stop) return false;
  if ((*start < 0) != (*stop < 0)) return *start >= 0;  // from the front to the back: who knows
  return *stop - *start >= kBoundedElements;
}

bool zrange_is_wide(Arguments arguments) {
  bool by_value = false;
  for (size_t i = 4; i < arguments.size(); ++i)
    by_value |= is_option(arguments[i], "BYSCORE") || is_option(arguments[i], "BYLEX");
  if (!by_value) return is_wide(arguments[2], arguments[3]);
  const auto limit = option(arguments, 4, "LIMIT", 2);
  return !limit || *limit < 0 || is_too_many(*limit);
}

}  // namespace

bool may_be_unbounded(CommandId id) {
  return kBounds[id] != Bound::kNotARead;
}

bool is_unbounded_read(CommandId id, Arguments arguments) {
  const int arity = command(id).arity;
  if (static_cast<int>(arguments.size()) < (arity < 0 ? -arity : arity)) return false;  // Redis refuses it
  switch (kBounds[id]) {
    case Bound::kNotARead:
      return false;
    case Bound::kNone:
      return true;
    case Bound::kIndexes:
      return is_wide(arguments[2], arguments[3]);
    case Bound::kZrange:
      return zrange_is_wide(arguments);
    case Bound::kLimit: {
      const auto limit = option(arguments, 2, "LIMIT", 2);
      return !limit || *limit < 0 || is_too_many(*limit);
    }
    case Bound::kCount: {
      const auto count = option(arguments, 1, "COUNT", 1);
      return !count || *count <= 0 || is_too_many(*count);
    }
    case Bound::kCountOption: {
      const auto count = option(arguments, 2, "COUNT", 1);
      return count && is_too_many(*count);
    }
    case Bound::kCountAt2: {
      if (arguments.size() < 3) return false;
      const auto count = to_integer(arguments[2]);
      return count && is_too_many(*count);
    }
  }
  return false;
}

}  // namespace holdfast::policy
