#include "proxy/role_reply.h"

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
  for (int64_t i = 0; i < replicas && !role.lists_journal; ++i) {
    int64_t fields = 0;
    std::string_view name;
    if (!cursor.read_array(fields) || fields != 3 || !cursor.read_string(name) || !cursor.skip() ||
        !cursor.skip())
      return false;
    role.lists_journal = name == journal_name;
  }
  return true;
}

}  // namespace holdfast::proxy
