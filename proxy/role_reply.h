// Reads what a primary answers to ROLE: its replication offset, and whether our journal is attached.
// https://redis.io/docs/latest/commands/role/ ; replication.c, roleCommand: only replicas that are online
// are listed, under the name that they announced with REPLCONF ip-address.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::proxy {

struct RoleReply {
  bool is_master = false;
  bool lists_journal = false;
  uint64_t offset = 0;
  uint64_t journal_offset = 0;  // what the journal has acknowledged; 0: nothing yet
};

// False when it is not an answer to ROLE at all (an error reply, another shape).
bool parse_role_reply(std::string_view reply, std::string_view journal_name, RoleReply& role);

}  // namespace holdfast::proxy
