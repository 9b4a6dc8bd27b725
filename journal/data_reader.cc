#include "journal/data_reader.h"

#include <algorithm>
#include <array>

#include "journal/crc32c.h"
#include "journal/history.h"
#include "journal/keys_by_database.h"

namespace holdfast::journal {
namespace {

constexpr size_t kKeysAtOnce = 500;
constexpr std::array<std::string_view, 6> kTypes = {"string", "list", "set", "hash", "zset", "stream"};

bool is_stream(std::string_view type) {
  return type == "stream";
}

// Of a module: its digest may leave out what is in it.
bool is_foreign(std::string_view type) {
  return std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end();
}

// DEBUG DIGEST-VALUE knows the entries of a stream and not its groups.
void append_groups(const RedisValue& groups, std::string& digest) {
  std::vector<std::string> parts;
  for (const RedisValue& group : groups.list) {
    std::string& part = parts.emplace_back();
    for (size_t i = 0; i + 1 < group.list.size(); i += 2) {
      const std::string& name = group.list[i].text;
      if (name == "name" || name == "pending" || name == "last-delivered-id")
        part += " " + name + "=" + group.list[i + 1].text;
    }
  }
  std::sort(parts.begin(), parts.end());
  for (const std::string& part : parts) digest += part;
}

}  // namespace

Status DataReader::select(int database) {
  if (database == database_) return {};
  auto selected = redis_.ask({"SELECT", std::to_string(database)});
  if (!selected.ok()) return selected.error();
  database_ = database;
  return {};
}

Result<std::vector<KeyState>> DataReader::read_keys(int database, std::span<const std::string_view> keys) {
  std::vector<KeyState> states(keys.size());
  if (keys.empty()) return states;
  if (Status selected = select(database); !selected.ok()) return selected.error();
  std::string commands;
  std::string digests = "*" + std::to_string(keys.size() + 2) + "\r\n$5\r\nDEBUG\r\n$12\r\nDIGEST-VALUE\r\n";
  for (const std::string_view key : keys) {
    commands += RedisConnection::encode({"TYPE", key});
    commands += RedisConnection::encode({"PEXPIRETIME", key});
    digests += "$" + std::to_string(key.size()) + "\r\n";
    digests += key;
    digests += "\r\n";
  }
  if (Status sent = redis_.send(commands + digests); !sent.ok()) return sent.error();
  std::vector<std::string> types;
  for (KeyState& state : states) {
    auto type = redis_.read();
    auto expires = type.ok() ? redis_.read() : type;
    if (!expires.ok()) return expires.error();
    types.push_back(type.value().text);
    state.expires_ms = expires.value().number();
  }
  auto all = redis_.read();
  if (!all.ok()) return all.error().prefixed("DEBUG DIGEST-VALUE");
  if (all.value().list.size() != keys.size())
    return Error(ErrorCode::kProtocol, "an answer that is not DEBUG DIGEST-VALUE's");
  for (size_t i = 0; i < keys.size(); ++i) {
    if (types[i] == "none") continue;
    std::string& digest = states[i].digest;
    digest = types[i] + " " + all.value().list[i].text;
    if (is_stream(types[i])) {
      auto groups = redis_.ask({"XINFO", "GROUPS", keys[i]});
      if (!groups.ok()) return groups.error();
      append_groups(groups.value(), digest);
    } else if (is_foreign(types[i])) {
      auto dump = redis_.ask({"DUMP", keys[i]});
      if (!dump.ok()) return dump.error();
      digest +=
          " " + std::to_string(dump.value().text.size()) + ":" + std::to_string(crc32c(0, dump.value().text));
    }
  }
  return states;
}

Result<KeyStates> DataReader::read_keys(const std::set<DataKey>& keys) {
  KeyStates all;
  for (auto key = keys.begin(); key != keys.end();) {
    const int database = key->first;
    std::vector<std::string_view> names;
    for (; key != keys.end() && key->first == database && names.size() < kKeysAtOnce; ++key)
      names.push_back(key->second);
    auto states = read_keys(database, names);
    if (!states.ok()) return states.error();
    for (size_t i = 0; i < names.size(); ++i)
      all.emplace(DataKey(database, names[i]), std::move(states.value()[i]));
  }
  return all;
}

Status DataReader::read_database(int database, const std::set<DataKey>& without,
                                 const std::function<Status()>& step, DataSum& sum) {
  if (Status selected = select(database); !selected.ok()) return selected;
  std::string cursor = "0";
  do {
    auto page = redis_.ask({"SCAN", cursor, "COUNT", "500"});
    if (!page.ok()) return page.error();
    if (page.value().list.size() != 2) return Error(ErrorCode::kProtocol, "an answer that is not SCAN's");
    cursor = page.value().list[0].text;
    std::vector<std::string_view> keys;
    for (const RedisValue& key : page.value().list[1].list)
      if (without.empty() || !without.contains({database, key.text})) keys.push_back(key.text);
    auto states = read_keys(database, keys);
    if (!states.ok()) return states.error();
    for (size_t i = 0; i < keys.size(); ++i) sum.add_key(database, keys[i], states.value()[i]);
    if (Status stepped = step(); !stepped.ok()) return stepped;
  } while (cursor != "0");
  return {};
}

Status DataReader::read_functions(DataSum& sum) {
  auto libraries = redis_.ask({"FUNCTION", "LIST", "WITHCODE"});
  if (!libraries.ok()) return libraries.error();
  for (const RedisValue& library : libraries.value().list) {
    std::string text = "function";
    for (size_t i = 0; i + 1 < library.list.size(); i += 2) {
      const std::string& name = library.list[i].text;
      if (name == "library_name" || name == "engine" || name == "library_code")
        text += " " + name + "=" + library.list[i + 1].text;
    }
    sum.add_other(text);
  }
  return {};
}

Status DataReader::read_all(const std::set<DataKey>& without, const Progress& progress, DataSum& sum) {
  const auto databases = keys_by_database(redis_);
  if (!databases.ok()) return databases.error();
  uint64_t of = 0;
  for (const auto& [database, count] : databases.value()) of += count;
  const auto step = [&] { return progress(sum.keys(), of); };
  for (const auto& [database, count] : databases.value())
    if (Status read = read_database(database, without, step, sum); !read.ok()) return read;
  return read_functions(sum);
}

Result<int64_t> DataReader::applied_offset() {
  auto text = redis_.ask({"INFO", "replication"});
  if (!text.ok()) return text.error();
  auto info = parse_replication_info(text.value().text);
  if (!info.ok()) return info.error();
  return info.value().master_link_up ? info.value().slave_repl_offset : -1;
}

}  // namespace holdfast::journal
