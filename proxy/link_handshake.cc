#include "proxy/link_handshake.h"

#include "resp/encode.h"
#include "resp/reply_cursor.h"

namespace holdfast::proxy {
namespace {

Error refused(std::string_view what, std::string_view text) {
  // -LOADING and -BUSY pass; the rest stays until somebody changes something.
  const bool passes =
      text.starts_with("LOADING") || text.starts_with("BUSY") || text.starts_with("MASTERDOWN");
  return Error(passes ? ErrorCode::kUnavailable : ErrorCode::kRefused,
               std::string(what) + " was answered with '" + std::string(text) + "'");
}

}  // namespace

LinkHandshake::LinkHandshake(const config::Upstream& upstream, LinkKey key)
    : upstream_(upstream), key_(key), step_(first_step()) {
  if (step_ == kAuth) {
    if (upstream.user.empty())
      resp::append_command(requests_, {"AUTH", upstream.password});
    else
      resp::append_command(requests_, {"AUTH", upstream.user, upstream.password});
  }
  resp::append_command(requests_, {"HELLO", std::to_string(key.protocol)});
  if (key.for_kill) return;
  resp::append_command(requests_, {"CLIENT", "SETNAME", "holdfast"});
  resp::append_command(requests_, {"SELECT", std::to_string(key.database)});
  resp::append_command(requests_, {"INFO", "replication"});
}

int LinkHandshake::first_step() const {
  return upstream_.password.empty() ? kHello : kAuth;
}

Status LinkHandshake::take_reply(std::string_view reply) {
  const int step = step_++;
  std::string_view error;
  const bool is_error = resp::ReplyCursor(reply).read_error(error);
  switch (step) {
    case kAuth:
      if (is_error)
        return refused("AUTH", error)
            .prefixed("the upstream refuses the login; check upstream." + upstream_.name +
                      ".url and password_file");
      return {};
    case kHello:
      if (!is_error) return take_hello(reply);
      if (error.starts_with("NOAUTH"))
        return refused("HELLO", error)
            .prefixed("the upstream wants a password; set it in upstream." + upstream_.name +
                      ".url or password_file");
      // Before Redis 6 there is no HELLO, and RESP2 is all there is.
      if (key_.protocol == 2 && error.starts_with("ERR unknown command")) return {};
      return refused("HELLO " + std::to_string(key_.protocol), error);
    case kName:
      return {};  // only a courtesy to whoever reads CLIENT LIST
    case kSelect:
      if (!is_error) return {};
      database_refused_ = error.starts_with("ERR");
      return database_refused_ ? Error(ErrorCode::kRefused, std::string(error)) : refused("SELECT", error);
    case kInfo: {
      if (is_error) return refused("INFO replication", error);
      std::string_view text;
      if (!resp::ReplyCursor(reply).read_string(text))
        return Error(ErrorCode::kProtocol, "INFO replication was answered with something else");
      auto info = journal::parse_replication_info(text);
      if (!info.ok()) return info.error();
      facts_.replication = std::move(info).value();
      return {};
    }
    default:
      return Error(ErrorCode::kProtocol, "the upstream sent a reply that nothing had asked for");
  }
}

Status LinkHandshake::take_hello(std::string_view reply) {
  resp::ReplyCursor cursor(reply);
  int64_t elements = 0;
  if (!cursor.read_array(elements))
    return Error(ErrorCode::kProtocol, "HELLO was answered with something else");
  for (int64_t i = 0; i + 1 < elements; i += 2) {
    std::string_view name;
    std::string_view value;
    if (!cursor.read_string(name)) break;
    int64_t number = 0;
    if (name == "id" && cursor.read_integer(number)) {
      facts_.client_id = static_cast<uint64_t>(number);
      continue;
    }
    if (name == "modules") {
      const std::string_view before = cursor.rest();
      if (!cursor.skip()) break;
      facts_.modules = before.substr(0, before.size() - cursor.rest().size());
      continue;
    }
    if (!cursor.read_string(value)) {
      if (!cursor.skip()) break;
      continue;
    }
    if (name == "version") facts_.version = value;
    if (name == "mode") facts_.mode = value;
  }
  return {};
}

}  // namespace holdfast::proxy
