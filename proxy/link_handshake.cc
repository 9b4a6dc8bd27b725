#include "proxy/link_handshake.h"

#include <vector>

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

// Made anew each time: after a failover or a restart Redis has forgotten it.
void append_login(std::string& requests, const UpstreamLogin& login) {
  if (login.is_clients()) return resp::append_command(requests, {"AUTH", login.user, login.password});
  std::vector<std::string_view> arguments = {"ACL", "SETUSER", login.user};
  arguments.insert(arguments.end(), login.rules.begin(), login.rules.end());
  resp::append_command(requests, arguments);
  for (const std::string& rule : login.more_rules)
    resp::append_command(requests, {"ACL", "SETUSER", login.user, rule});
  resp::append_command(requests, {"AUTH", login.user, login.password});
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
  const bool is_clients = key.login != nullptr && key.login->is_clients();
  resp::append_command(requests_, {"SELECT", is_clients ? "0" : std::to_string(key.database)});
  resp::append_command(requests_, {"INFO", "replication"});
  if (key.login != nullptr) append_login(requests_, *key.login);
  // Redis decides whether the client's user may.
  if (is_clients && key.database != 0)
    resp::append_command(requests_, {"SELECT", std::to_string(key.database)});
}

int LinkHandshake::end_step() const {
  if (key_.for_kill) return kName;
  if (key_.login != nullptr && key_.login->is_clients()) return kSetUser + (key_.database != 0 ? 2 : 1);
  // ACL SETUSER, one more for each of more_rules, AUTH.
  return key_.login == nullptr ? kSetUser : kSetUser + 2 + static_cast<int>(key_.login->more_rules.size());
}

Status LinkHandshake::take_login(int step, std::string_view reply) {
  if (key_.login == nullptr || step >= end_step())
    return Error(ErrorCode::kProtocol, "the upstream sent a reply that nothing had asked for");
  std::string_view error;
  if (!resp::ReplyCursor(reply).read_error(error)) return {};
  if (step == kSetUser) {
    login_refused_ = true;
    if (key_.login->is_clients()) return Error(ErrorCode::kRefused, std::string(error));
    return refused("ACL SETUSER " + key_.login->user, error);
  }
  if (key_.login->is_clients()) {
    database_refused_ = true;
    return Error(ErrorCode::kRefused, std::string(error));
  }
  if (step < end_step() - 1) return {};  // that server does not know the command
  // Somebody has changed or deleted the user in between: the next try finds it as it should be.
  return Error(ErrorCode::kUnavailable,
               "AUTH " + key_.login->user + " was answered with '" + std::string(error) + "'");
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
      return take_login(step, reply);
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
