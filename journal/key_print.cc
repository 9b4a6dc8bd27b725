#include "journal/key_print.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "journal/crc32c.h"

namespace holdfast::journal {
namespace {

// Larger values are compared by type, time to live and size: to read them would keep the live Redis busy.
constexpr int64_t kBytesMax = 1 << 20;
constexpr int64_t kElementsMax = 10'000;

const char* size_command(const std::string& type) {
  if (type == "string") return "STRLEN";
  if (type == "list") return "LLEN";
  if (type == "set") return "SCARD";
  if (type == "hash") return "HLEN";
  if (type == "zset") return "ZCARD";
  if (type == "stream") return "XLEN";
  return nullptr;  // of a module
}

Result<RedisValue> elements(RedisQuestions& redis, const std::string& type, std::string_view key) {
  if (type == "string") return redis.ask({"GET", key});
  if (type == "list") return redis.ask({"LRANGE", key, "0", "-1"});
  if (type == "set") return redis.ask({"SMEMBERS", key});
  if (type == "hash") return redis.ask({"HGETALL", key});
  if (type == "zset") return redis.ask({"ZRANGE", key, "0", "-1", "WITHSCORES"});
  if (type == "stream") return redis.ask({"XRANGE", key, "-", "+"});
  return redis.ask({"DUMP", key});
}

void flatten(const RedisValue& value, std::string& text) {
  text += std::to_string(value.text.size()) + ":" + value.text + "(";
  for (const RedisValue& element : value.list) flatten(element, text);
  text += ")";
}

// Sets and hashes have no order.
std::string content(const RedisValue& value, const std::string& type) {
  const size_t step = type == "set" ? 1 : type == "hash" ? 2 : 0;
  std::string text;
  if (step == 0) {
    flatten(value, text);
    return text;
  }
  std::vector<std::string> parts;
  for (size_t i = 0; i + step <= value.list.size(); i += step) {
    std::string& part = parts.emplace_back();
    for (size_t k = 0; k < step; ++k) flatten(value.list[i + k], part);
  }
  std::sort(parts.begin(), parts.end());
  for (const std::string& part : parts) text += part;
  return text;
}

}  // namespace

Result<KeyPrint> print_key(RedisQuestions& redis, std::string_view key) {
  KeyPrint print;
  auto type = redis.ask({"TYPE", key});
  if (!type.ok()) return type.error();
  print.type = type.value().text;
  if (print.type == "none") return print;
  // Before 7.0 there is only the time that is left, which is never the same twice.
  if (auto expires = redis.ask({"PEXPIRETIME", key}); expires.ok())
    print.expires = expires.value().text;
  else if (expires.error().code() != ErrorCode::kRefused)
    return expires.error();
  bool large = false;
  if (const char* command = size_command(print.type); command != nullptr) {
    auto size = redis.ask({command, key});
    // It was replaced by something of another type in between: the next round sees that.
    if (!size.ok() && size.error().code() != ErrorCode::kRefused) return size.error();
    if (size.ok()) print.size = size.value().text;
    large = size.ok() && size.value().number() > (print.type == "string" ? kBytesMax : kElementsMax);
  }
  if (large) return print;
  auto dump = redis.ask({"DUMP", key});
  if (!dump.ok()) return dump.error();
  const std::string& bytes = dump.value().text;
  print.dump = std::to_string(bytes.size()) + ":" + std::to_string(crc32c(0, bytes)) + ":" +
               std::to_string(std::hash<std::string_view>()(bytes));
  return print;
}

Result<std::string> difference(RedisQuestions& one, const KeyPrint& of_one, RedisQuestions& other,
                               const KeyPrint& of_other, std::string_view key) {
  if (of_one == of_other) return std::string();
  if (of_one.type != of_other.type) return "it is a " + of_one.type + " and not a " + of_other.type;
  if (of_one.size != of_other.size) return "its size is " + of_one.size + " and not " + of_other.size;
  if (of_one.expires != of_other.expires)
    return "it expires at " + of_one.expires + " and not at " + of_other.expires;
  auto here = elements(one, of_one.type, key);
  if (!here.ok()) return here.error();
  auto there = elements(other, of_other.type, key);
  if (!there.ok()) return there.error();
  const bool same = content(here.value(), of_one.type) == content(there.value(), of_one.type);
  return same ? std::string() : std::string("its content is another");
}

}  // namespace holdfast::journal
