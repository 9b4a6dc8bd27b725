#include "journal/keys_by_database.h"

#include <charconv>
#include <string>
#include <string_view>

namespace holdfast::journal {

Result<std::map<int, uint64_t>> keys_by_database(RedisQuestions& redis) {
  auto info = redis.ask({"INFO", "keyspace"});
  if (!info.ok()) return info.error();
  std::map<int, uint64_t> keys;
  const std::string& text = info.value().text;
  for (size_t at = text.find("\ndb"); at != std::string::npos; at = text.find("\ndb", at + 1)) {
    int database = 0;
    uint64_t count = 0;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data() + at + 3, end, database);
    constexpr std::string_view kKeys = ":keys=";
    if (!std::string_view(number.ptr, static_cast<size_t>(end - number.ptr)).starts_with(kKeys)) continue;
    std::from_chars(number.ptr + kKeys.size(), end, count);
    keys[database] = count;
  }
  return keys;
}

}  // namespace holdfast::journal
