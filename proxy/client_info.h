// What CLIENT INFO and CLIENT LIST say of a session, in the words of Redis 7 (networking.c,
// catClientInfoString), and which sessions CLIENT LIST and CLIENT KILL mean. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::proxy {

enum class ClientType : uint8_t { kAny, kNormal, kPubsub, kReplica, kMaster };

// "normal", "pubsub", "replica", "slave", "master", any case.
std::optional<ClientType> client_type(std::string_view name);

struct ClientInfo {
  uint64_t id = 0;
  std::string address, local_address;
  int descriptor = -1;
  std::string name, library, library_version;
  std::string user = "default";
  uint64_t age_s = 0, idle_s = 0;
  std::string flags;  // letters; "N" for none
  int database = 0;
  uint64_t channels = 0, patterns = 0, shards = 0;
  int64_t queued = -1;      // in MULTI; -1: not in one
  size_t input_bytes = 0;   // of an incomplete request
  size_t output_bytes = 0;  // that the client has not read yet
  size_t memory = 0;
  bool is_reading = true;
  std::string_view command;  // the last one; "client|list"
  int64_t redirect = -1;     // -1: not tracking, 0: no redirection
  int protocol = 2;
};

// One line without its end.
std::string client_line(const ClientInfo& info);

// Sessions that CLIENT KILL or CLIENT LIST asks for: all conditions that are set hold.
struct ClientFilter {
  std::vector<uint64_t> ids;  // any of them
  std::string address, local_address, user;
  ClientType type = ClientType::kAny;
};
bool matches(const ClientFilter& filter, const ClientInfo& info);

}  // namespace holdfast::proxy
