#include "journal/reapplication.h"

#include <charconv>
#include <limits>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "journal/operation_reader.h"
#include "journal/replica_link.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kBytesMax = 64u << 20;  // of the lost operations: all are in memory, here and in Redis
constexpr size_t kWatchedAtOnce = 1000;
constexpr size_t kReadBytes = 256u << 10;
constexpr int64_t kTimeoutMs = 60'000;

using Key = std::pair<int, std::string>;  // database and name

struct Lost {
  std::string commands;  // with a SELECT before each that is about another database
  uint64_t operations = 0;
  uint64_t replies = 0;  // of `commands`
  std::set<Key> keys;
};

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  out += "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string_view argument : arguments) {
    out += "$" + std::to_string(argument.size()) + "\r\n";
    out += argument;
    out += "\r\n";
  }
}

Error cannot(const std::string& why) {
  return Error(ErrorCode::kRefused, "the lost operations cannot be run again: " + why);
}

Result<Lost> collect_lost(const GenerationData& data, uint64_t common) {
  Lost lost;
  int db = -1;
  Status read = data.read_operations(common, [&](const Operation& operation) -> Status {
    if (!operation.keys_known)
      return cannot(std::string(operation.arguments[0]) + " is among them, which is not about single keys");
    if (operation.keys.empty()) return {};  // a message, not data
    if (operation.db != db) {
      db = operation.db;
      lost.commands += RedisConnection::encode({"SELECT", std::to_string(db)});
      lost.replies += 1;
    }
    append_command(lost.commands, operation.arguments);
    lost.operations += 1;
    lost.replies += 1;
    for (const std::string_view key : operation.keys) lost.keys.emplace(db, key);
    return lost.commands.size() <= kBytesMax ? Status() : cannot("they are more than 64 MiB");
  });
  if (!read.ok()) return read.error();
  return lost;
}

Status watch(const config::Upstream& upstream, RedisConnection& connection, const std::set<Key>& keys) {
  int db = -1;
  for (auto key = keys.begin(); key != keys.end();) {
    if (key->first != db) {
      db = key->first;
      auto selected = connection.command({"SELECT", std::to_string(db)});
      if (!selected.ok()) return explain_refusal(upstream, "SELECT", selected.error());
    }
    std::vector<std::string_view> arguments = {"WATCH"};
    for (; key != keys.end() && key->first == db && arguments.size() < kWatchedAtOnce; ++key)
      arguments.push_back(key->second);
    std::string bytes;
    append_command(bytes, arguments);
    if (Status sent = connection.send_all(bytes); !sent.ok()) return sent;
    auto watched = connection.read_reply();
    if (!watched.ok()) return explain_refusal(upstream, "WATCH", watched.error());
  }
  return {};
}

// What ran on the upstream since the histories parted, up to the offset `until`.
Status check_newer(const config::Upstream& upstream, const tls::Credentials* tls, const Position& parted,
                   uint64_t until, const std::set<Key>& keys, const StopSignal& stop) {
  auto connected = connect_upstream(upstream, tls, stop);
  if (!connected.ok()) return connected.error();
  RedisConnection& connection = *connected.value();
  auto goes_on = ask_for_stream_after(upstream, connection, parted);
  if (!goes_on.ok()) return goes_on.error();
  if (!goes_on.value())
    return cannot("the upstream no longer has in its repl-backlog what ran on it since then");
  OperationReader reader(parted.offset, 0);
  std::vector<char> buffer(kReadBytes);
  for (uint64_t at = parted.offset; at < until;) {
    auto n = connection.read_some(buffer.data(), buffer.size(), kTimeoutMs);
    if (!n.ok()) return n.error();
    at += n.value();
    Status read = reader.feed({buffer.data(), n.value()}, [&](const Operation& operation) -> Status {
      if (!operation.keys_known)
        return cannot(std::string(operation.arguments[0]) +
                      " ran since then, which is not about single keys");
      for (const std::string_view key : operation.keys) {
        if (keys.contains({operation.db, std::string(key)}))
          return cannot("the key '" + std::string(key) + "' in database " + std::to_string(operation.db) +
                        " was changed since then");
      }
      return {};
    });
    if (!read.ok()) return read;
  }
  return {};
}

// One reply of any type in RESP2: the text of the first error in it.
Status skip_reply(RedisConnection& connection, std::string& error, bool& is_nil) {
  auto line = connection.read_line(kTimeoutMs);
  if (!line.ok()) return line.error();
  const std::string& text = line.value();
  is_nil = false;
  if (text[0] == '-') error = text.substr(1);
  if (text[0] != '$' && text[0] != '*') return {};
  int64_t count = 0;
  std::from_chars(text.data() + 1, text.data() + text.size(), count);
  is_nil = count < 0;
  bool inner = false;
  for (int64_t i = 0; text[0] == '*' && i < count; ++i)
    if (Status skipped = skip_reply(connection, error, inner); !skipped.ok()) return skipped;
  std::vector<char> buffer(kReadBytes);
  for (int64_t left = text[0] == '$' && count >= 0 ? count + 2 : 0; left > 0;) {
    auto n = connection.read_some(buffer.data(), std::min<size_t>(buffer.size(), static_cast<size_t>(left)),
                                  kTimeoutMs);
    if (!n.ok()) return n.error();
    left -= static_cast<int64_t>(n.value());
  }
  return {};
}

Result<Reapplied> run(RedisConnection& connection, const Lost& lost) {
  const std::string bytes =
      RedisConnection::encode({"MULTI"}) + lost.commands + RedisConnection::encode({"EXEC"});
  if (Status sent = connection.send_all(bytes); !sent.ok()) return sent.error();
  std::string error;
  bool is_nil = false;
  for (uint64_t i = 0; i < lost.replies + 1; ++i)
    if (Status queued = skip_reply(connection, error, is_nil); !queued.ok()) return queued.error();
  if (!error.empty()) return cannot("the upstream answers '" + error + "'");
  auto header = connection.read_line(kTimeoutMs);
  if (!header.ok()) return header.error();
  if (header.value().starts_with("-"))
    return cannot("the upstream answers '" + header.value().substr(1) + "'");
  if (header.value() == "*-1") return cannot("their keys were changed at this very moment");
  Reapplied done{lost.operations, 0, {}};
  for (uint64_t i = 0; i < lost.replies; ++i) {
    error.clear();
    if (Status read = skip_reply(connection, error, is_nil); !read.ok()) return read.error();
    if (error.empty()) continue;
    done.failed += 1;
    if (done.first_error.empty()) done.first_error = error;
  }
  return done;
}

}  // namespace

Result<Reapplied> reapply_lost(const config::Upstream& upstream, const tls::Credentials* tls,
                               const GenerationData& data, uint64_t common, const Position& parted,
                               const ReplicationInfo& seen, const StopSignal& stop) {
  auto lost = collect_lost(data, common);
  if (!lost.ok()) return lost.error();
  auto connected = connect_upstream(upstream, tls, stop);
  if (!connected.ok()) return connected.error();
  RedisConnection& connection = *connected.value();
  if (Status watched = watch(upstream, connection, lost.value().keys); !watched.ok()) return watched.error();
  auto facts = ask_for_facts(upstream, connection);
  if (!facts.ok()) return facts.error();
  const ReplicationInfo& info = facts.value().replication;
  if (info.role != "master" || info.replid != seen.replid || info.replid2 != seen.replid2)
    return cannot("the upstream has changed its history again");
  Status checked =
      check_newer(upstream, tls, parted, static_cast<uint64_t>(info.repl_offset), lost.value().keys, stop);
  if (!checked.ok()) return checked.error();
  return run(connection, lost.value());
}

}  // namespace holdfast::journal
