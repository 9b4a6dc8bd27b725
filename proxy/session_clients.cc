// CLIENT: what a session says of itself and of the other sessions of its environment. Clients share links to
// Redis, so Redis's own answers would be about those links, and would show other environments. Texts of
// errors are Redis 7's (networking.c, clientCommand).
#include <algorithm>
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

constexpr std::string_view kSyntaxError = "ERR syntax error";
constexpr uint64_t kNsPerSecond = 1'000'000'000;

std::string unknown_type(std::string_view name) {
  return plain_error_reply("ERR Unknown client type '" + std::string(name) + "'");
}

std::string parse_list(std::span<const std::string_view> arguments, SessionQuery& query) {
  if (arguments.size() == 4 && equals(arguments[2], "TYPE")) {
    const auto type = client_type(arguments[3]);
    if (!type) return unknown_type(arguments[3]);
    query.filter.type = *type;
  } else if (arguments.size() > 3 && equals(arguments[2], "ID")) {
    for (size_t i = 3; i < arguments.size(); ++i) {
      int64_t number = 0;
      if (!to_integer(arguments[i], number)) return plain_error_reply("ERR Invalid client ID");
      query.filter.ids.push_back(static_cast<uint64_t>(number));
    }
  } else if (arguments.size() != 2) {
    return plain_error_reply(kSyntaxError);
  }
  return {};
}

bool unblocks_with_error(std::span<const std::string_view> arguments) {
  return arguments.size() == 4 && equals(arguments[3], "ERROR");
}

std::string parse_unblock(std::span<const std::string_view> arguments, SessionQuery& query) {
  if (arguments.size() > 4)
    return plain_error_reply("ERR unknown subcommand or wrong number of arguments for '" +
                             std::string(arguments[1].substr(0, 128)) + "'. Try CLIENT HELP.");
  if (arguments.size() == 4 && !unblocks_with_error(arguments) && !equals(arguments[3], "TIMEOUT"))
    return plain_error_reply("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  int64_t number = 0;
  if (!to_integer(arguments[2], number))
    return plain_error_reply("ERR value is not an integer or out of range");
  query.kind = SessionQuery::Kind::kLocateBlocked;
  query.filter.ids = {static_cast<uint64_t>(number)};
  return {};
}

// CLIENT KILL's options; the error's text if they are wrong.
template <typename IsUser>
std::string parse_kill(std::span<const std::string_view> arguments, IsUser is_user, SessionQuery& query) {
  query.kind = SessionQuery::Kind::kKill;
  query.skip_asker = true;
  if (arguments.size() == 3) {
    query.filter.address = arguments[2];
    query.skip_asker = false;
    return {};
  }
  for (size_t i = 2; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) return plain_error_reply(kSyntaxError);
    const std::string_view value = arguments[i + 1];
    if (equals(arguments[i], "ID")) {
      int64_t id = 0;
      if (!to_integer(value, id) || id < 1)
        return plain_error_reply("ERR client-id should be greater than 0");
      query.filter.ids = {static_cast<uint64_t>(id)};
    } else if (equals(arguments[i], "TYPE")) {
      const auto type = client_type(value);
      if (!type) return unknown_type(value);
      query.filter.type = *type;
    } else if (equals(arguments[i], "ADDR")) {
      query.filter.address = value;
    } else if (equals(arguments[i], "LADDR")) {
      query.filter.local_address = value;
    } else if (equals(arguments[i], "USER")) {
      if (!is_user(value)) return plain_error_reply("ERR No such user '" + std::string(value) + "'");
      query.filter.user = value;
    } else if (equals(arguments[i], "SKIPME")) {
      if (!equals(value, "YES") && !equals(value, "NO")) return plain_error_reply(kSyntaxError);
      query.skip_asker = equals(value, "YES");
    } else {
      return plain_error_reply(kSyntaxError);
    }
  }
  return {};
}

}  // namespace

Session::Step Session::take_client_command(policy::CommandId id, Route route, Arguments arguments) {
  switch (route) {
    case Route::kClientSetName:
      if (!is_client_name(arguments[2])) return answer(id, plain_error_reply(kBadClientName));
      name_ = arguments[2];
      return answer(id, std::string(kOk));
    case Route::kClientGetName: {
      if (name_.empty()) return answer(id, protocol_ == 3 ? "_\r\n" : "$-1\r\n");
      std::string reply;
      resp::append_bulk(reply, name_);
      return answer(id, std::move(reply));
    }
    case Route::kClientId:
      return answer(id, ":" + std::to_string(id_) + "\r\n");
    case Route::kClientInfo:
      // What Redis keeps for it is known from its replies.
      if (own_link_ != nullptr && entries_ > 0 && !is_executing()) return wait_for(Wait::kReplies);
      return answer_text(id, client_line(info()) + "\n");
    case Route::kClientList:
      return list_clients(id, arguments);
    case Route::kClientKill:
      return kill_clients(id, arguments);
    case Route::kClientUnblock:
      return unblock_client(id, arguments);
    case Route::kClientReply:
      return set_replies(id, arguments);
    case Route::kClientGetRedir:
      if (own_link_ != nullptr && entries_ > 0 && !is_executing()) return wait_for(Wait::kReplies);
      return answer(id, ":" + std::to_string(info().redirect) + "\r\n");
    case Route::kClientNoEvict:
      // Holdfast disconnects nobody for Redis's memory; it is remembered for CLIENT INFO.
      if (!equals(arguments[2], "ON") && !equals(arguments[2], "OFF"))
        return answer(id, plain_error_reply(kSyntaxError));
      no_evict_ = equals(arguments[2], "ON");
      return answer(id, std::string(kOk));
    case Route::kClientSetInfo: {
      const bool is_name = equals(arguments[2], "LIB-NAME");
      if (!is_name && !equals(arguments[2], "LIB-VER"))
        return answer(id, plain_error_reply("ERR Unrecognized option '" + std::string(arguments[2]) + "'"));
      if (!is_client_name(arguments[3]))
        return answer(id, plain_error_reply("ERR " + std::string(is_name ? "lib-name" : "lib-ver") +
                                            " cannot contain spaces, newlines or special characters."));
      (is_name ? library_ : library_version_) = arguments[3];
      return answer(id, std::string(kOk));
    }
    case Route::kScriptDebug:
      // EXEC's own answer is always before it (eval.c, scriptCommand).
      if (is_executing())
        return answer(id, plain_error_reply("ERR SCRIPT DEBUG must be called outside a pipeline"));
      if (equals(arguments[2], "NO")) return answer(id, std::string(kOk));
      if (!equals(arguments[2], "YES") && !equals(arguments[2], "SYNC"))
        return answer(id, plain_error_reply("ERR Use SCRIPT DEBUG YES/SYNC/NO"));
      return unsupported(id, "is not supported by this version; connect to Redis itself for it");
    default:
      transaction_.poison();
      return answer(id, plain_error_reply("ERR unknown subcommand '" +
                                          std::string(arguments[1].substr(0, 128)) + "'. Try CLIENT HELP."));
  }
}

// A verbatim string where there are any.
Session::Step Session::answer_text(policy::CommandId id, std::string_view text) {
  std::string reply;
  if (protocol_ == 3)
    reply.append("=").append(std::to_string(text.size() + 4)).append("\r\ntxt:").append(text).append("\r\n");
  else
    resp::append_bulk(reply, text);
  return answer(id, std::move(reply));
}

Session::Step Session::set_replies(policy::CommandId id, Arguments arguments) {
  using Replies = SessionState::Replies;
  const Replies before = state_.replies();
  if (is_executing()) {
    // A SKIP is about the command after EXEC, ON and OFF begin in the middle of its answer.
    if (equals(arguments[2], "SKIP")) {
      execution_->skips_next |= before != Replies::kOff;
      return Step::kDone;
    }
    if (equals(arguments[2], "ON")) execution_->quiet = false;
    if (equals(arguments[2], "OFF")) execution_->quiet = true;
  }
  if (equals(arguments[2], "ON")) {
    state_.enter(Replies::kOn);
    return answer(id, std::string(kOk));
  }
  if (equals(arguments[2], "OFF") || (equals(arguments[2], "SKIP") && before == Replies::kOff)) {
    state_.enter(Replies::kOff);
    return Step::kDone;
  }
  if (equals(arguments[2], "SKIP")) {
    state_.enter(Replies::kSkip);
    return Step::kDone;
  }
  const Step step = answer(id, plain_error_reply(kSyntaxError));
  if (before == Replies::kSkip) state_.enter(Replies::kOn);
  return step;
}

// --- About other sessions -------------------------------------------------------------------------------

Session::Step Session::ask_workers(SessionQuery query, bool again) {
  if (query_answer_ != nullptr) return Step::kForward;
  // What was asked before is done before others are looked at, or disconnected.
  if (entries_ > 0) return wait_for(Wait::kReplies);
  query.environment = environment_.config().name;
  query.asker = id_;
  state_.enter(Wait::kWorkers);
  if (again)
    worker_.ask_workers_later(query);
  else
    worker_.ask_workers(query);
  return Step::kWait;
}

void Session::query_answered(SessionAnswer answer) {
  query_answer_ = std::make_unique<SessionAnswer>(std::move(answer));
  worker_.resume_later(*this);
}

std::string Session::parse_query(Route route, Arguments arguments, SessionQuery& query) const {
  // Redis's own users are not known here.
  const auto is_user = [&](std::string_view name) {
    if (environment_.passes_logins()) return !name.empty();
    if (environment_.asks_for_login()) return environment_.policy().users().find(name) != nullptr;
    return name == kDefaultUser;
  };
  if (route == Route::kClientKill) return parse_kill(arguments, is_user, query);
  return route == Route::kClientUnblock ? parse_unblock(arguments, query) : parse_list(arguments, query);
}

Session::Step Session::list_clients(policy::CommandId id, Arguments arguments) {
  SessionQuery query;
  if (std::string error = parse_list(arguments, query); !error.empty()) return answer(id, std::move(error));
  const Step asked = ask_workers(std::move(query));
  if (asked != Step::kForward) return asked;
  const auto found = std::exchange(query_answer_, nullptr);
  std::string text;
  for (const auto& [client, line] : found->lines) {
    // In EXEC the others have been asked before; what this one is now may have changed since.
    const bool is_own = is_executing() && client == id_;
    text.append(is_own ? client_line(info()) : line).append("\n");
  }
  return answer_text(id, text);
}

Session::Step Session::kill_clients(policy::CommandId id, Arguments arguments) {
  SessionQuery query;
  if (std::string error = parse_query(Route::kClientKill, arguments, query); !error.empty())
    return answer(id, std::move(error));
  const Step asked = ask_workers(std::move(query));
  if (asked != Step::kForward) return asked;
  const auto killed = std::exchange(query_answer_, nullptr);
  if (is_executing())
    kill_found(*killed);
  else if (killed->asker_matched && state_.is_serving())
    state_.enter(Life::kLeaving);
  if (arguments.size() > 3)
    answer(id, ":" + std::to_string(killed->matched) + "\r\n");
  else
    answer(id, killed->matched > 0 ? std::string(kOk) : plain_error_reply("ERR No such client"));
  // Redis says nothing more to who has killed itself.
  if (is_executing() && killed->asker_matched) execution_->quiet = true;
  return killed->asker_matched ? Step::kSkipRest : Step::kDone;
}

// They were found before EXEC.
void Session::kill_found(const SessionAnswer& found) {
  SessionQuery query;
  query.kind = SessionQuery::Kind::kKill;
  query.environment = environment_.config().name;
  for (const auto& [client, line] : found.lines) {
    if (client != id_) query.filter.ids.push_back(client);
  }
  // Nobody waits for the answer.
  if (!query.filter.ids.empty()) worker_.ask_workers(query);
  execution_->leaves |= found.asker_matched;
}

// The client is blocked in Redis, on a link of its own: Redis is told to unblock that. By the time it is told
// the client may have gone on; its link is never lent again, so nobody else can be meant.
Session::Step Session::unblock_client(policy::CommandId id, Arguments arguments) {
  SessionQuery query;
  if (std::string error = parse_unblock(arguments, query); !error.empty())
    return answer(id, std::move(error));
  const Step asked = ask_workers(std::move(query));
  if (asked != Step::kForward) return asked;
  const uint64_t upstream_id = query_answer_->upstream_id;
  if (upstream_id == 0) {
    query_answer_.reset();
    return answer(id, ":0\r\n");
  }
  if (is_executing()) {
    // It was blocked a moment ago; the answer cannot wait for Redis to say whether it still is.
    UpstreamLink* link = environment_.upstream().any_shared_link();
    if (link != nullptr) link->unblock(upstream_id, unblocks_with_error(arguments));
    return answer(id, link != nullptr ? ":1\r\n" : ":0\r\n");
  }
  const Step sent = forward(id, plans_[id]);
  if (sent == Step::kWait) return sent;
  query_answer_.reset();
  if (sent != Step::kForward) return sent;
  std::string request;
  resp::append_command(
      request, {"CLIENT", "UNBLOCK", std::to_string(upstream_id),
                unblocks_with_error(arguments) ? std::string_view("ERROR") : std::string_view("TIMEOUT")});
  target_->append(request.data(), request.size());
  return Step::kDone;
}

// --- For other sessions' questions ----------------------------------------------------------------------

ClientInfo Session::info() const {
  const Subscriptions none;
  const Subscriptions& subscribed = own_link_ != nullptr ? own_link_->subscriptions() : none;
  const bool tracks = state_.holds(SessionState::kTracking);
  ClientInfo info;
  info.id = id_;
  info.address = stream_.peer_name();
  info.local_address = stream_.local_name();
  // As Redis writes them (anet.c, anetFormatAddr).
  const auto& listens = environment_.config().listen;
  const auto unix_path = std::ranges::find_if(
      listens, [](const auto& listen) { return listen.value.kind == Endpoint::Kind::kUnix; });
  const bool is_unix = info.address == "unix" && unix_path != listens.end();
  if (is_unix) info.address = info.local_address = unix_path->value.path + ":0";
  info.descriptor = stream_.descriptor();
  info.name = name_;
  info.user = user_name();
  info.library = library_;
  info.library_version = library_version_;
  const uint64_t now_ns = worker_.now_ns();
  info.age_s = (now_ns - accepted_ns_) / kNsPerSecond;
  info.idle_s = (now_ns - last_read_ns_) / kNsPerSecond;
  const auto flag = [&](bool is_set, char letter) {
    if (is_set) info.flags += letter;
  };
  flag(is_monitoring(), 'O');
  flag(subscribed.total() > 0, 'P');
  flag(transaction_.in_multi() || is_executing(), 'x');
  flag(state_.holds(SessionState::kBlocking) && entries_ > 0, 'b');
  flag(tracks, 't');
  flag(tracks && redirect_.broadcasts, 'B');
  flag(state_.life() == Life::kLeaving, 'c');
  flag(is_unix, 'U');
  flag(no_evict_, 'e');
  flag(info.flags.empty(), 'N');
  info.database = is_executing() ? execution_->database : database_;
  info.channels = subscribed.channels();
  info.patterns = subscribed.patterns();
  info.shards = subscribed.shards();
  if (transaction_.in_multi()) info.queued = transaction_.queued();
  if (is_executing()) info.queued = execution_->queued;
  info.input_bytes = tail_.size();
  info.output_bytes = stream_.queued_bytes() + (held_ != nullptr ? held_->size() : 0);
  info.memory = sizeof(*this) + tail_.capacity() + info.output_bytes;
  info.is_reading = state_.is_serving();
  info.command = policy::command(last_command_).name;
  info.redirect = tracks ? static_cast<int64_t>(redirect_.id) : -1;
  info.protocol = protocol_;
  return info;
}

void Session::answer_query(const SessionQuery& query, SessionAnswer& answer) {
  if (state_.is_over() || query.environment != environment_.config().name) return;
  const ClientInfo self = info();
  if (!matches(query.filter, self)) return;
  switch (query.kind) {
    case SessionQuery::Kind::kList:
      ++answer.matched;
      answer.lines.emplace_back(id_, client_line(self));
      return;
    case SessionQuery::Kind::kMatch:
      if (id_ == query.asker && query.skip_asker) return;
      ++answer.matched;
      answer.asker_matched |= id_ == query.asker;
      answer.lines.emplace_back(id_, std::string());
      return;
    case SessionQuery::Kind::kKill:
      if (id_ == query.asker && query.skip_asker) return;
      ++answer.matched;
      if (id_ == query.asker)
        answer.asker_matched = true;
      else
        close();
      return;
    case SessionQuery::Kind::kLocateBlocked:
      ++answer.matched;
      if (own_link_ == nullptr || entries_ == 0 || !state_.holds(SessionState::kBlocking)) return;
      break;
    case SessionQuery::Kind::kLocateTarget:
      ++answer.matched;
      if (own_link_ == nullptr && !environment_.upstream().private_links().has_room()) return;
      answer.not_yet = !become_target();
      if (answer.not_yet) return;
      break;
  }
  answer.upstream_id = own_link_->upstream_id();
  own_link_->taint();
}

}  // namespace holdfast::proxy
