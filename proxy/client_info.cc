#include "proxy/client_info.h"

#include <algorithm>

#include "proxy/words.h"

namespace holdfast::proxy {
std::optional<ClientType> client_type(std::string_view name) {
  if (equals(name, "normal")) return ClientType::kNormal;
  if (equals(name, "pubsub")) return ClientType::kPubsub;
  if (equals(name, "replica") || equals(name, "slave")) return ClientType::kReplica;
  if (equals(name, "master")) return ClientType::kMaster;
  return std::nullopt;
}

std::string client_line(const ClientInfo& info) {
  std::string line;
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!line.empty()) line += ' ';
    line.append(key).append("=").append(value);
  };
  const auto number = [&](std::string_view key, auto value) { text(key, std::to_string(value)); };
  number("id", info.id);
  text("addr", info.address);
  text("laddr", info.local_address);
  number("fd", info.descriptor);
  text("name", info.name);
  number("age", info.age_s);
  number("idle", info.idle_s);
  text("flags", info.flags);
  number("db", info.database);
  number("sub", info.channels);
  number("psub", info.patterns);
  number("ssub", info.shards);
  number("multi", info.queued);
  number("qbuf", info.input_bytes);
  number("qbuf-free", 0);
  number("argv-mem", 0);
  number("multi-mem", 0);
  number("rbs", 0);
  number("rbp", 0);
  number("obl", 0);
  number("oll", info.output_bytes > 0 ? 1 : 0);
  number("omem", info.output_bytes);
  number("tot-mem", info.memory);
  text("events", info.is_reading ? (info.output_bytes > 0 ? "rw" : "r") : (info.output_bytes > 0 ? "w" : ""));
  text("cmd", info.command);
  text("user", info.user);
  number("redir", info.redirect);
  number("resp", info.protocol);
  // Redis 7.2 has them at the end of every line; before, nobody could have set them.
  if (!info.library.empty() || !info.library_version.empty()) {
    text("lib-name", info.library);
    text("lib-ver", info.library_version);
  }
  return line;
}

bool matches(const ClientFilter& filter, const ClientInfo& info) {
  if (!filter.ids.empty() && std::find(filter.ids.begin(), filter.ids.end(), info.id) == filter.ids.end())
    return false;
  if (!filter.address.empty() && filter.address != info.address) return false;
  if (!filter.user.empty() && filter.user != info.user) return false;
  if (!filter.local_address.empty() && filter.local_address != info.local_address) return false;
  if (filter.type == ClientType::kAny) return true;
  // No session is a replica's or a master's.
  return filter.type ==
         (info.channels + info.patterns + info.shards > 0 ? ClientType::kPubsub : ClientType::kNormal);
}

}  // namespace holdfast::proxy
