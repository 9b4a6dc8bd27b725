// The key specifications of the command table: where a command's keys stand and what it does to them.
// Generated rows (key_specs_data.inc), read at compile time; a word or a kind of search that this file lacks
// stops the build. For key_positions.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "policy/command_words.h"
#include "policy/key_positions.h"

namespace holdfast::policy {

struct KeyBegin {
  std::string_view keyword;  // empty: at this index
  int16_t index = 0;         // or where the search for the keyword begins; negative: from the end, backwards
  bool known = true;         // false: the specification does not say
};

struct KeyRange {
  int16_t last = 0;  // relative to the first; negative: from the end of the arguments
  int16_t step = 1;
  int16_t limit = 0;       // with last = -1: only the first 1/limit of what follows
  int16_t count_at = -1;   // >= 0: a number of keys stands there, relative to the first...
  int16_t first_from = 0;  // ...and the keys begin there
};

struct KeySpec {
  std::string_view command;
  uint16_t access;
  KeyBegin begin;
  KeyRange find;
};

// Bits beside those of KeyAccess, for the specification itself.
inline constexpr uint16_t kNotAKey = 1u << 13;  // a channel
inline constexpr uint16_t kIncomplete =
    1u << 14;  // there may be more keys: the command needs a reader of its own
inline constexpr uint16_t kVariable = 1u << 15;  // what it does depends on its options: the same

namespace begin {
consteval KeyBegin index(int16_t at) {
  return {{}, at, true};
}
consteval KeyBegin keyword(std::string_view word, int16_t from) {
  return {word, from, true};
}
consteval KeyBegin unknown() {
  return {{}, 0, false};
}
}  // namespace begin

namespace find {
consteval KeyRange range(int16_t last, int16_t step, int16_t limit) {
  return {last, step, limit, -1, 0};
}
consteval KeyRange keynum(int16_t count_at, int16_t first, int16_t step) {
  return {0, step, 0, count_at, first};
}
consteval KeyRange unknown() {
  return {};
}
}  // namespace find

consteval uint16_t access(std::string_view words) {
  return static_cast<uint16_t>(bits_of_words(words, [](std::string_view word) -> uint32_t {
    struct Word {
      std::string_view word;
      uint16_t bit;
    };
    constexpr std::array kWords = {
        Word{"RO", kKeyReadOnly},        Word{"RW", kKeyReadWrite},         Word{"OW", kKeyOverwrite},
        Word{"RM", kKeyRemove},          Word{"access", kKeyAccess},        Word{"update", kKeyUpdate},
        Word{"insert", kKeyInsert},      Word{"delete", kKeyDelete},        Word{"not_key", kNotAKey},
        Word{"incomplete", kIncomplete}, Word{"variable_flags", kVariable},
    };
    for (const Word& known : kWords) {
      if (known.word == word) return known.bit;
    }
    throw UnknownWord{};
  }));
}

}  // namespace holdfast::policy
