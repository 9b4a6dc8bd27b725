#include "proxy/role_reply.h"

#include <algorithm>
#include <charconv>

#include "resp/reply_cursor.h"

namespace holdfast::proxy {

bool parse_role_reply(std::string_view reply, std::string_view journal_name, RoleReply& role) {
  resp::ReplyCursor cursor(reply);
  role = RoleReply();
  int64_t elements = 0;
  std::string_view kind;
  if (!cursor.read_array(elements) || elements < 1 || !cursor.read_string(kind)) return false;
  if (kind != "master") return true;
  int64_t offset = 0;
  int64_t replicas = 0;
  if (!cursor.read_integer(offset) || offset < 0 || !cursor.read_array(replicas)) return false;
  role.is_master = true;
  role.offset = static_cast<uint64_t>(offset);
  for (int64_t i = 0; i < replicas; ++i) {
    int64_t fields = 0;
    std::string_view name;
    std::string_view text;
    if (!cursor.read_array(fields) || fields != 3 || !cursor.read_string(name) || !cursor.skip() ||
        !cursor.read_string(text))
      return false;
    if (name != journal_name) continue;
    role.lists_journal = true;
    // A connection that Redis has not seen the end of yet may be listed beside the one that replaced it.
    uint64_t acknowledged = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), acknowledged);
    if (problem == std::errc() && end == text.data() + text.size())
      role.journal_offset = std::max(role.journal_offset, acknowledged);
  }
  return true;
}

}  // namespace holdfast::proxy
