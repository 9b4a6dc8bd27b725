// The words of a COMMAND answer as bits: its flags and its ACL categories. Used at compile time to read the
// generated table, so a word that a newer server says and this file lacks stops the build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/command_table.h"

namespace holdfast::policy {

struct FlagWord {
  std::string_view word;
  uint32_t flag;  // 0: known, but no decision and no route needs it
};

inline constexpr std::array kFlagWords = {
    FlagWord{"write", kWrite},
    FlagWord{"readonly", kReadonly},
    FlagWord{"admin", kAdmin},
    FlagWord{"pubsub", kPubsub},
    FlagWord{"noscript", kNoscript},
    FlagWord{"blocking", kBlocking},
    FlagWord{"movablekeys", kMovableKeys},
    FlagWord{"no_multi", kNoMulti},
    FlagWord{"denyoom", kDenyOom},
    FlagWord{"loading", kLoading},
    FlagWord{"stale", kStale},
    FlagWord{"fast", kFast},
    FlagWord{"no_auth", kNoAuth},
    FlagWord{"module", kModule},
    FlagWord{"container", kContainer},  // not a flag of COMMAND: the generator's, for a list of sub-commands
    FlagWord{"allow_busy", 0},
    FlagWord{"asking", 0},
    FlagWord{"no_async_loading", 0},
    FlagWord{"no_mandatory_keys", kNoMandatoryKeys},
    FlagWord{"skip_monitor", 0},
    FlagWord{"skip_slowlog", 0},
};

// The ACL categories of Redis 7 in the order of ACL CAT; a category's bit is its index here.
inline constexpr std::array<std::string_view, 21> kCategoryNames = {
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting",
};

// Thrown at compile time only, where it is the build's error message.
struct UnknownWord {};

// ORs together what `bit_of` says of each space-separated word.
template <typename BitOf>
consteval uint32_t bits_of_words(std::string_view words, BitOf bit_of) {
  uint32_t bits = 0;
  while (!words.empty()) {
    size_t end = words.find(' ');
    bits |= bit_of(words.substr(0, end));
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return bits;
}

consteval uint32_t flags(std::string_view words) {
  return bits_of_words(words, [](std::string_view word) {
    for (const FlagWord& known : kFlagWords) {
      if (known.word == word) return known.flag;
    }
    throw UnknownWord{};
  });
}

consteval uint32_t categories(std::string_view words) {
  return bits_of_words(words, [](std::string_view word) {
    for (size_t i = 0; i < kCategoryNames.size(); ++i) {
      if (kCategoryNames[i] == word) return uint32_t{1} << i;
    }
    throw UnknownWord{};
  });
}

}  // namespace holdfast::policy
