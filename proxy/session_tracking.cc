// Client-side caching: CLIENT TRACKING and what belongs to it. Redis notes for a connection which keys were
// read through it, so while tracking is on all requests go to a link of the session's own, and invalidations
// come back on it. Redis's ids of connections are translated: clients know only the ids of sessions.
#include <charconv>
#include <cstdint>
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

// An id that no connection has.
constexpr uint64_t kNobody = INT64_MAX;
constexpr std::string_view kRedirectKey = "redirect\r\n";
constexpr std::string_view kBrokenKey = "tracking-redir-broken\r\n";

// Where CLIENT TRACKING ON|OFF has the id after REDIRECT; 0 if nowhere.
size_t redirect_argument(std::span<const std::string_view> arguments) {
  for (size_t i = 3; i + 1 < arguments.size(); ++i) {
    if (equals(arguments[i], "REDIRECT")) return i + 1;
    if (equals(arguments[i], "PREFIX")) ++i;
  }
  return 0;
}

bool has_option(std::span<const std::string_view> arguments, std::string_view option) {
  for (size_t i = 3; i < arguments.size(); ++i) {
    if (equals(arguments[i], option)) return true;
    if (equals(arguments[i], "REDIRECT") || equals(arguments[i], "PREFIX")) ++i;
  }
  return false;
}

}  // namespace

Session::Step Session::track(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const bool off = equals(arguments[2], "OFF");
  const size_t redirect_at = redirect_argument(arguments);
  // Nothing is tracked: Redis has only to say what it thinks of the options.
  if (off && own_link_ == nullptr && redirect_at == 0) return forward_shared(id, plan);
  const Step step = need_room_on_own_link(id);
  if (step == Step::kDone) query_answer_.reset();
  if (step != Step::kForward) return step;
  own_link_->begin_pushes(*this);

  Redirect redirect;
  redirect.broadcasts = has_option(arguments, "BCAST");
  if (redirect_at != 0) {
    const std::string_view text = arguments[redirect_at];
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), redirect.id);
    // What is not a number is Redis's to refuse.
    if (problem == std::errc() && end == text.data() + text.size()) {
      const Step found = find_target(redirect);
      if (found != Step::kForward) return found;
    }
  }
  const Told about = off ? Told::kTrackingOff : Told::kTrackingOn;
  if (transaction_.in_multi()) {
    QueuedCommand command;
    command.about = about;
    command.redirect = redirect;
    const Step sent = queue_as(QueuedCommand::Kind::kTold, id, plan, std::move(command));
    if (sent != Step::kForward) return sent;
  } else {
    next_redirect_ = redirect;
    count_allowed(id, plan);
    own_link_->expect_told_reply(*this, about, last_read_ns_, state_.is_quiet());
  }
  target_ = own_link_;
  if (redirect.upstream_id == 0) return Step::kForward;
  std::vector<std::string_view> translated(arguments.begin(), arguments.end());
  const std::string upstream_id = std::to_string(redirect.upstream_id);
  translated[redirect_at] = upstream_id;
  std::string request;
  resp::append_command(request, translated);
  own_link_->append(request.data(), request.size());
  return Step::kDone;
}

Session::Step Session::find_target(Redirect& redirect) {
  SessionQuery query;
  query.kind = SessionQuery::Kind::kLocateTarget;
  query.filter.ids = {redirect.id};
  const Step asked = ask_workers(query);
  if (asked != Step::kForward) return asked;
  const auto found = std::exchange(query_answer_, nullptr);
  if (found->not_yet) return ask_workers(std::move(query), true);
  if (found->matched > 0 && found->upstream_id == 0)
    return unavailable(last_command_,
                       error_reply("MASTERDOWN",
                                   "too many clients need a connection to Redis of their own, and the "
                                   "one to redirect to cannot get one"),
                       metrics::RefusalReason::kUpstream);
  // Redis has other things to say first, about the other options.
  redirect.upstream_id = found->matched > 0 ? found->upstream_id : kNobody;
  return Step::kForward;
}

// A REDIRECT may name any client, but Redis knows only links: from now on this one keeps a link of its own.
bool Session::become_target() {
  if (own_link_ == nullptr) {
    state_.enter(SessionState::Target::kWanted);  // its next request gets one, if it is never idle now
    if (entries_ > 0 || !state_.is_serving() || state_.is_waiting()) return false;
    if (!may_run_scripts()) return false;
    UpstreamLink& link = environment_.upstream().private_links().lend(*this, key_for(database_, protocol_));
    if (link.is_closed()) return false;
    borrow_own_link(link);
  }
  if (own_link_->is_for_kill()) return false;
  state_.enter(SessionState::Target::kNobodys);
  state_.hold(SessionState::kTarget, true);
  if (!own_link_->is_ready()) return false;
  own_link_->begin_pushes(*this);
  return true;
}

Session::Step Session::tracking_info(policy::CommandId id, const CommandPlan& plan) {
  if (own_link_ == nullptr || state_.is_quiet()) return forward(id, plan);
  if (!own_link_->is_ready()) return wait_for(Wait::kLink);
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  count_allowed(id, plan);
  own_link_->expect_tracking_info(*this);
  target_ = own_link_;
  return Step::kForward;
}

std::string Session::with_own_ids(std::string_view bytes) const {
  std::string text(bytes);
  if (redirect_.upstream_id == 0) return text;
  const std::string theirs = ":" + std::to_string(redirect_.upstream_id) + "\r\n";
  for (const std::string_view key : {kRedirectKey, kBrokenKey}) {
    const size_t at = text.find(std::string(key) + theirs);
    if (at == std::string::npos) continue;
    text.replace(at + key.size(), theirs.size(), ":" + std::to_string(redirect_.id) + "\r\n");
    break;
  }
  return text;
}

// Reads of such a connection do not touch the keys' age, so they cannot be mixed with others' on one link.
Session::Step Session::no_touch(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const bool on = equals(arguments[2], "ON");
  const Step step = need_room_on_own_link(id);
  if (step != Step::kForward) return step;
  count_allowed(id, plan);
  own_link_->expect_told_reply(*this, on ? Told::kNoTouchOn : Told::kNoTouchOff, last_read_ns_,
                               state_.is_quiet());
  target_ = own_link_;
  return Step::kForward;
}

}  // namespace holdfast::proxy
