#include "journal/history.h"

#include <charconv>
#include <random>

#include "journal/record.h"

namespace holdfast::journal {
namespace {

template <typename T>
bool read_number(std::string_view text, T& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size();
}

// "ip=10.0.0.7,port=6379,state=online,offset=1234,lag=0", the value of a line "slave0" (server.c,
// genRedisInfoString). A name that was announced with REPLCONF ip-address stands in the place of the address.
ReplicaInfo parse_replica(std::string_view fields) {
  ReplicaInfo replica;
  while (!fields.empty()) {
    const size_t comma = fields.find(',');
    const std::string_view field = fields.substr(0, comma);
    fields.remove_prefix(comma == std::string_view::npos ? fields.size() : comma + 1);
    if (field.starts_with("ip=")) replica.name = field.substr(3);
    if (field == "state=online") replica.online = true;
    if (field.starts_with("offset=") && !read_number(field.substr(7), replica.acknowledged))
      replica.acknowledged = 0;
  }
  return replica;
}

bool is_replica_line(std::string_view name) {
  return name.starts_with("slave") && name.size() > 5 &&
         name.substr(5).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string random_replid() {
  std::random_device device;
  std::string replid;
  while (replid.size() < kReplidBytes) replid += "0123456789abcdef"[device() % 16];
  return replid;
}

Result<ReplicationInfo> parse_replication_info(std::string_view info_text) {
  ReplicationInfo info;
  bool readable = true;
  while (!info_text.empty()) {
    const size_t newline = info_text.find('\n');
    std::string_view line = info_text.substr(0, newline);
    info_text.remove_prefix(newline == std::string_view::npos ? info_text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (name == "role") info.role = value;
    if (is_replica_line(name)) info.replicas.push_back(parse_replica(value));
    if (name == "master_replid") info.replid = value;
    if (name == "master_replid2") info.replid2 = value;
    if (name == "second_repl_offset") readable = readable && read_number(value, info.second_repl_offset);
    if (name == "repl_backlog_size") readable = readable && read_number(value, info.backlog_size);
    if (name == "master_repl_offset") readable = readable && read_number(value, info.repl_offset);
    if (name == "master_host") info.master_host = value;
    if (name == "master_port") readable = readable && read_number(value, info.master_port);
    if (name == "master_link_status") info.master_link_up = value == "up";
    if (name == "master_sync_in_progress") info.syncing = value == "1";
    if (name == "slave_repl_offset") readable = readable && read_number(value, info.slave_repl_offset);
  }
  if (!is_replid(info.replid) || !readable) {
    return Error(
        ErrorCode::kProtocol,
        "INFO replication has no usable master_replid; Holdfast needs Redis 4.0 or newer, or Valkey");
  }
  return info;
}

Membership membership_of(const ReplicationInfo& info, const std::optional<Position>& position) {
  if (!position) return Membership::kNoHistory;
  const auto offset = static_cast<int64_t>(position->offset);
  if (info.replid == position->replid)
    return info.repl_offset >= offset ? Membership::kBelongs : Membership::kForeign;
  // replid2 covers the offsets below second_repl_offset; PSYNC asks for the one after ours.
  if (info.replid2 == position->replid && info.second_repl_offset > offset) return Membership::kBelongs;
  return Membership::kForeign;
}

}  // namespace holdfast::journal
