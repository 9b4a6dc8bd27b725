#include "policy/key_options.h"

#include <array>

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;

constexpr uint16_t kReads = kKeyReadOnly | kKeyAccess;
constexpr uint16_t kReplaces = kKeyOverwrite | kKeyUpdate;

// Compares without regard to case; `word` is lower case.
bool is(std::string_view argument, std::string_view word) {
  if (argument.size() != word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = argument[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != word[i]) return false;
  }
  return true;
}

// Options begin past what is at hand, or go on there.
bool is_cut(Arguments arguments, size_t total) {
  return arguments.size() < total;
}

// SET key value [NX|XX] [GET] [EX ...]: t_string.c. GET also as the value of an option, as in Redis's own
// search.
void find_in_set(Arguments arguments, size_t total, KeyUses& out) {
  bool gets = is_cut(arguments, total) && total > 3;
  for (size_t i = 3; i < arguments.size(); ++i) gets = gets || is(arguments[i], "get");
  if (total > 1) out.add(1, gets ? kKeyReadWrite | kKeyAccess | kKeyUpdate : kReplaces);
}

// BITFIELD key [GET encoding offset | [OVERFLOW word] SET|INCRBY encoding offset value]...: bitops.c.
void find_in_bitfield(Arguments arguments, size_t total, KeyUses& out) {
  bool only_gets = !is_cut(arguments, total);
  for (size_t i = 2; i < arguments.size() && only_gets;) {
    const size_t left = arguments.size() - i - 1;
    if (is(arguments[i], "get") && left >= 2)
      i += 3;
    else if (is(arguments[i], "overflow") && left >= 1)
      i += 2;
    else
      only_gets = false;
  }
  if (total > 1) out.add(1, only_gets ? kReads : kKeyReadWrite | kKeyAccess | kKeyUpdate);
}

// SORT key [BY pattern] [LIMIT offset count] [GET pattern]... [ASC|DESC] [ALPHA] [STORE key]: sort.c. Of
// several STOREs the last one counts; all are reported. A pattern without '*' names no key.
void find_in_sort(Arguments arguments, size_t total, bool may_store, KeyUses& out) {
  if (total > 1) out.add(1, kReads);
  for (size_t i = 2; i < arguments.size(); ++i) {
    const size_t left = total - i - 1;
    if (is(arguments[i], "limit") && left >= 2) {
      i += 2;
    } else if (may_store && is(arguments[i], "store") && left >= 1) {
      out.add(++i, kReplaces);
    } else if ((is(arguments[i], "by") || is(arguments[i], "get")) && left >= 1) {
      if (++i < arguments.size() && arguments[i].find('*') != std::string_view::npos)
        out.add(i, kReads, KeyKind::kKeyPattern);
    }
  }
  if (is_cut(arguments, total)) out.mark_incomplete();
}

void find_in_sort(Arguments arguments, size_t total, KeyUses& out) {
  find_in_sort(arguments, total, true, out);
}

void find_in_sort_ro(Arguments arguments, size_t total, KeyUses& out) {
  find_in_sort(arguments, total, false, out);
}

// GEORADIUS key x y radius unit [options] [STORE key] [STOREDIST key]: geo.c. The last one counts; all are
// reported.
void find_in_georadius(Arguments arguments, size_t total, size_t options_at, KeyUses& out) {
  if (total > 1) out.add(1, kReads);
  for (size_t i = options_at; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < total;
    if (is(arguments[i], "count") && has_value)
      ++i;
    else if ((is(arguments[i], "store") || is(arguments[i], "storedist")) && has_value)
      out.add(++i, kReplaces);
  }
  if (is_cut(arguments, total)) out.mark_incomplete();
}

void find_in_georadius(Arguments arguments, size_t total, KeyUses& out) {
  find_in_georadius(arguments, total, 6, out);
}

void find_in_georadiusbymember(Arguments arguments, size_t total, KeyUses& out) {
  find_in_georadius(arguments, total, 5, out);
}

// XREAD [COUNT n] [BLOCK ms] STREAMS key... id..., XREADGROUP GROUP group consumer ... [NOACK] STREAMS ...:
// t_stream.c. What stands before STREAMS is read option by option, so a group of that name is none. What is
// not an option is a syntax error, and then Redis touches no key.
void find_in_xread(Arguments arguments, size_t total, KeyUses& out) {
  size_t i = 1;
  while (i < arguments.size()) {
    const size_t left = total - i - 1;
    if ((is(arguments[i], "block") || is(arguments[i], "count")) && left >= 1)
      i += 2;
    else if (is(arguments[i], "group") && left >= 2)
      i += 3;
    else if (is(arguments[i], "noack"))
      i += 1;
    else
      break;
  }
  if (i >= arguments.size() || !is(arguments[i], "streams")) return out.mark_incomplete();
  const size_t names_and_ids = total - i - 1;
  if (names_and_ids == 0 || names_and_ids % 2 != 0) return out.mark_incomplete();
  for (size_t key = i + 1; key <= i + names_and_ids / 2; ++key) out.add(key, kReads);
}

// MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key...]:
// cluster.c. All that follows KEYS are keys, another KEYS too.
void find_in_migrate(Arguments arguments, size_t total, KeyUses& out) {
  constexpr uint16_t kMoves = kKeyReadWrite | kKeyAccess | kKeyDelete;
  if (arguments.size() <= 3) {
    out.mark_incomplete();
    return;
  }
  for (size_t i = 6; i < arguments.size(); ++i) {
    if (is(arguments[i], "auth")) {
      i += 1;
    } else if (is(arguments[i], "auth2")) {
      i += 2;
    } else if (is(arguments[i], "keys")) {
      if (!arguments[3].empty()) out.add(3, kMoves);  // Redis refuses the two together
      for (size_t key = i + 1; key < total; ++key) out.add(key, kMoves);
      return;
    }
  }
  out.add(3, kMoves);
  if (is_cut(arguments, total)) out.mark_incomplete();
}

// DEBUG: debug.c. Those of its sub-commands that name keys; what the others touch is not for anybody to know.
void find_in_debug(Arguments arguments, size_t total, KeyUses& out) {
  constexpr std::array<std::string_view, 5> kOfOneKey = {"object", "sdslen", "ziplist", "listpack",
                                                         "quicklist"};
  if (arguments.size() < 2) return out.mark_incomplete();
  if (is(arguments[1], "digest-value")) {
    for (size_t key = 2; key < total; ++key) out.add(key, kReads);
    return;
  }
  if (is(arguments[1], "sleep") || is(arguments[1], "help")) return;
  for (std::string_view word : kOfOneKey) {
    if (!is(arguments[1], word)) continue;
    if (total > 2) out.add(2, kReads);
    return;
  }
  out.mark_incomplete();
}

template <KeyKind kKind, uint16_t kAccess>
void find_channels(Arguments, size_t total, KeyUses& out) {
  for (size_t i = 1; i < total; ++i) out.add(i, kAccess, kKind);
}

template <KeyKind kKind>
void find_channel(Arguments, size_t total, KeyUses& out) {
  if (total > 1) out.add(1, kPublish, kKind);
}

struct Special {
  std::string_view command;
  FindKeys find;
};

constexpr std::array kSpecial = {
    Special{"set", find_in_set},
    Special{"bitfield", find_in_bitfield},
    Special{"sort", find_in_sort},
    Special{"sort_ro", find_in_sort_ro},
    Special{"georadius", find_in_georadius},
    Special{"georadiusbymember", find_in_georadiusbymember},
    Special{"xread", find_in_xread},
    Special{"xreadgroup", find_in_xread},
    Special{"migrate", find_in_migrate},
    Special{"debug", find_in_debug},
    Special{"publish", find_channel<KeyKind::kChannel>},
    Special{"spublish", find_channel<KeyKind::kShardChannel>},
    Special{"subscribe", find_channels<KeyKind::kChannel, kSubscribe>},
    Special{"ssubscribe", find_channels<KeyKind::kShardChannel, kSubscribe>},
    Special{"psubscribe", find_channels<KeyKind::kChannelPattern, kSubscribe>},
    Special{"unsubscribe", find_channels<KeyKind::kChannel, kUnsubscribe>},
    Special{"sunsubscribe", find_channels<KeyKind::kShardChannel, kUnsubscribe>},
    Special{"punsubscribe", find_channels<KeyKind::kChannelPattern, kUnsubscribe>},
};

}  // namespace

FindKeys special_finder(std::string_view command) {
  for (const Special& special : kSpecial) {
    if (special.command == command) return special.find;
  }
  return nullptr;
}

}  // namespace holdfast::policy
