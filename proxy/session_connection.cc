// Commands about the connection itself, which Holdfast answers: its clients share links, so what these
// change lives in the session. Texts of errors are Redis 7's.
#include <climits>
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/words.h"
#include "proxy/worker.h"
#include "resp/encode.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

constexpr std::string_view kHelloNeedsLogin =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
    "<pass> option "
    "can be used to authenticate the client and select the RESP protocol version at the same time";

}  // namespace

Session::Step Session::take_connection_command(policy::CommandId id, Route route, Arguments arguments) {
  switch (route) {
    case Route::kSelect:
      return select(id, arguments);
    case Route::kHello:
      return hello(id, arguments);
    case Route::kAuth:
      return auth(id, arguments);
    default:
      return unsupported(id, "is not supported by this version");
  }
}

Session::Step Session::reset(policy::CommandId id) {
  // Closing the own link would leave what is held behind its barriers unconfirmed.
  if (entries_ > 0 || held_ != nullptr) return wait_for(Wait::kReplies);
  const policy::User* const first = first_user();
  // Somebody's REDIRECT names the link, and goes on doing so; but it must not serve another user.
  const bool is_target = own_link_ != nullptr && state_.holds(SessionState::kTarget) &&
                         !environment_.passes_logins() && user_ == first;
  if (is_target && !own_link_->is_ready()) return wait_for(Wait::kLink);
  if (own_link_ != nullptr && !is_target) environment_.upstream().private_links().discard(lose_own_link());
  end_transaction();
  name_.clear();
  log_in(first);
  redirect_ = {};
  protocol_ = 2;
  database_ = 0;
  group_ = environment_.upstream().group(LinkKey{});
  if (!environment_.passes_logins()) log_in_by_certificate();
  if (is_nobody()) forget_user();
  // CLIENT REPLY OFF ends with it, but not a SKIP that is about this very command.
  if (state_.replies() == SessionState::Replies::kOff) state_.enter(SessionState::Replies::kOn);
  if (!is_target) return answer(id, "+RESET\r\n");
  environment_.stats().requests(id, RequestVerdict::kAllowed).add();
  for (const auto hold : {SessionState::kTracking, SessionState::kMonitoring, SessionState::kNoTouch})
    state_.hold(hold, false);
  own_link_->reset(*this, worker_.now_ns(), state_.is_quiet());
  return Step::kDone;
}

// Moves to another database or protocol. The links of that group may have to be made first, and the
// upstream may say that there is no such database. kForward: the session is there, and has not answered yet.
Session::Step Session::switch_group(policy::CommandId id, LinkKey key) {
  // Replies may not overtake each other.
  if (entries_ > 0) return wait_for(Wait::kReplies);
  release_own_link_if_idle();
  LinkGroup* group = environment_.upstream().group(key);
  if (group == nullptr)
    return unavailable(id, error_reply("ERR", "too many databases are in use through this worker"),
                       metrics::RefusalReason::kUpstream);
  const bool asked_before = std::exchange(asked_group_, nullptr) == group;
  if (!group->database_refusal().empty()) {
    if (asked_before) return answer(id, plain_error_reply(group->database_refusal()));
    group->try_again();
  }
  const size_t group_slot = id_ % group->links();
  if (group->ready_link(group_slot) == nullptr) {
    if (!group->is_first_try(group_slot))
      return unavailable(id, environment_.upstream().unavailable_reply(), metrics::RefusalReason::kUpstream);
    asked_group_ = group;
    return wait_for(Wait::kLink);
  }
  group_ = group;
  database_ = key.database;
  protocol_ = static_cast<uint8_t>(key.protocol);
  // Watched keys, subscriptions and tracked keys stay: their link moves along.
  if (own_link_ != nullptr) own_link_->change_to(key);
  return Step::kForward;
}

Session::Step Session::select(policy::CommandId id, Arguments arguments) {
  // A SELECT inside EXEC may still move it.
  if (own_link_ != nullptr && entries_ > 0) return wait_for(Wait::kReplies);
  int64_t number = 0;
  if (!to_integer(arguments[1], number))
    return answer(id, plain_error_reply("ERR value is not an integer or out of range"));
  if (number < INT_MIN || number > INT_MAX)
    return answer(id, plain_error_reply("ERR value is out of range, value must between -2147483648 and "
                                        "2147483647"));
  const int database = static_cast<int>(number);
  if (database < 0) return answer(id, plain_error_reply("ERR DB index is out of range"));
  if (database != database_) {
    const Step step = switch_group(id, key_for(database, protocol_));
    if (step != Step::kForward) return step;
  }
  return answer(id, std::string(kOk));
}

std::string Session::parse_hello(Arguments arguments, HelloOptions& options) {
  if (arguments.size() > 1) {
    int64_t protocol = 0;
    if (!to_integer(arguments[1], protocol))
      return plain_error_reply("ERR Protocol version is not an integer or out of range");
    if (protocol != 2 && protocol != 3) return plain_error_reply("NOPROTO unsupported protocol version");
    options.protocol = static_cast<int>(protocol);
  }
  for (size_t i = 2; i < arguments.size();) {
    if (equals(arguments[i], "AUTH") && i + 2 < arguments.size()) {
      options.login = {arguments[i + 1], arguments[i + 2]};
      i += 3;
    } else if (equals(arguments[i], "SETNAME") && i + 1 < arguments.size()) {
      if (!is_client_name(arguments[i + 1])) return plain_error_reply(kBadClientName);
      options.name = arguments[i + 1];
      i += 2;
    } else {
      return plain_error_reply("ERR Syntax error in HELLO option '" + std::string(arguments[i]) + "'");
    }
  }
  return {};
}

Session::Step Session::hello(policy::CommandId id, Arguments arguments) {
  HelloOptions options;
  std::string error = parse_hello(arguments, options);
  if (error.empty() && options.login && !login_done_) {
    const Step step = log_in_with(id, options.login->first, options.login->second, error);
    if (step == Step::kWait) return step;
  }
  // As in Redis it has its name even if what follows is wrong.
  if (options.name) name_ = *options.name;
  if (!error.empty()) return answer(id, std::move(error));
  if (is_nobody()) {
    std::string refused;
    if (begin_as_default_user(refused) == Step::kWait) return Step::kWait;
    if (refused == kNoAuth) refused = plain_error_reply(kHelloNeedsLogin);
    if (!refused.empty()) return answer(id, std::move(refused), RequestVerdict::kRefused);
  }
  if (options.protocol == 0) options.protocol = protocol_;
  if (is_executing()) {
    // Redis has changed the protocol of the own link; the session follows at the end of EXEC.
    protocol_ = static_cast<uint8_t>(options.protocol);
    own_link_->is_now_in(protocol_);
  } else {
    const Step step = switch_group(id, key_for(database_, options.protocol));
    login_done_ = step == Step::kWait && options.login.has_value();
    if (step != Step::kForward) return step;
  }
  // What a link was told last: the server may have become a replica, or another version, since then.
  const UpstreamLink* link = is_executing() ? own_link_ : group_->ready_link(slot());
  return answer(id, hello_reply(link != nullptr ? link->facts() : group_->facts()));
}

std::string Session::hello_reply(const ServerFacts& facts) const {
  std::string reply = protocol_ == 3 ? "%7\r\n" : "*14\r\n";
  const auto pair = [&](std::string_view key, std::string_view value) {
    resp::append_bulk(reply, key);
    resp::append_bulk(reply, value);
  };
  const auto number = [&](std::string_view key, uint64_t value) {
    resp::append_bulk(reply, key);
    reply.append(":").append(std::to_string(value)).append("\r\n");
  };
  pair("server", "redis");
  pair("version", facts.version);
  number("proto", protocol_);
  number("id", id_);
  pair("mode", facts.mode);
  pair("role", facts.replication.role == "slave" ? "replica" : "master");
  resp::append_bulk(reply, "modules");
  return reply += facts.modules;
}

}  // namespace holdfast::proxy
