#include "policy/key_types.h"

#include <utility>
#include <vector>

namespace holdfast::policy {
namespace {

using config::KeyType;

constexpr KeyTypes kString = bit_of(KeyType::kString);
constexpr KeyTypes kList = bit_of(KeyType::kList);
constexpr KeyTypes kSet = bit_of(KeyType::kSet);
constexpr KeyTypes kZset = bit_of(KeyType::kZset);
constexpr KeyTypes kHash = bit_of(KeyType::kHash);
constexpr KeyTypes kStream = bit_of(KeyType::kStream);

struct Family {
  std::string_view category;
  KeyTypes types;
};
constexpr Family kFamilies[] = {
    {"string", kString},  {"bitmap", kString}, {"hyperloglog", kString}, {"list", kList},     {"set", kSet},
    {"sortedset", kZset}, {"geo", kZset},      {"hash", kHash},          {"stream", kStream},
};

struct Special {
  std::string_view command;
  KeyTypes read;     // a key that it reads
  KeyTypes changed;  // a key that it writes
};
constexpr Special kSpecials[] = {
    // These read sets as well: every member has the score 1 (t_zset.c, zuiInitIterator).
    {"zunionstore", kSet | kZset, kZset},
    {"zinterstore", kSet | kZset, kZset},
    {"zdiffstore", kSet | kZset, kZset},
    {"zunion", kSet | kZset, 0},
    {"zinter", kSet | kZset, 0},
    {"zdiff", kSet | kZset, 0},
    {"zintercard", kSet | kZset, 0},
    {"sort", kList | kSet | kZset, kList},
    {"sort_ro", kList | kSet | kZset, 0},
    {"eval", 0, 0},
    {"evalsha", 0, 0},
    {"fcall", 0, 0},
};

struct Types {
  KeyTypes read = kAnyType;
  KeyTypes changed = kAnyType;
};

// By CommandId; made once, before main().
const std::vector<Types> kTypes = [] {
  std::vector<Types> all(commands().size());
  for (CommandId id = 1; id < all.size(); ++id) {
    KeyTypes types = 0;
    for (const Family& family : kFamilies)
      if ((command(id).categories & category_bit(family.category)) != 0) types |= family.types;
    if (types != 0) all[id] = {types, types};
  }
  for (const Special& special : kSpecials)
    all[find_command(special.command)] = {special.read, special.changed};
  return all;
}();

// The first byte of what DUMP gives is the type (rdb.h, RDB_TYPE_*).
KeyTypes type_of_dump(std::string_view payload) {
  if (payload.empty()) return kAnyType;  // Redis refuses it
  switch (static_cast<unsigned char>(payload.front())) {
    case 0:
      return kString;
    case 1:
    case 10:
    case 14:
    case 18:
      return kList;
    case 2:
    case 11:
    case 20:
      return kSet;
    case 3:
    case 5:
    case 12:
    case 17:
      return kZset;
    case 4:
    case 9:
    case 13:
    case 16:
      return kHash;
    case 15:
    case 19:
    case 21:
      return kStream;
    default:
      return 0;  // a module's, or of a newer server
  }
}

}  // namespace

KeyTypes key_types(CommandId id, std::span<const std::string_view> arguments, size_t key_index,
                   bool changes) {
  static const CommandId restore = find_command("restore");
  static const CommandId restore_asking = find_command("restore-asking");
  if (id == restore || id == restore_asking)
    return arguments.size() > 3 && key_index == 1 ? type_of_dump(arguments[3]) : kAnyType;
  return changes ? kTypes[id].changed : kTypes[id].read;
}

bool takes_type_of_other_key(CommandId id, size_t key_index) {
  static const CommandId copy = find_command("copy");
  static const CommandId rename = find_command("rename");
  static const CommandId renamenx = find_command("renamenx");
  return key_index == 2 && (id == copy || id == rename || id == renamenx);
}

}  // namespace holdfast::policy
