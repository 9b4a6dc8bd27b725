// Client-side caching: CLIENT TRACKING and what belongs to it. Redis notes for a connection which keys were
// read through it, so while tracking is on all requests go to a link of the session's own, and invalidations
// come back on it. Redis's ids of connections are translated: clients know only the ids of sessions.
#include <charconv>
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

}  // namespace

Session::Step Session::track(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const bool off = equals(arguments[2], "OFF");
  const size_t redirect_at = redirect_argument(arguments);
  // Nothing is tracked: Redis has only to say what it thinks of the options.
  if (off && own_link_ == nullptr && redirect_at == 0) return forward_shared(id, plan);
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  own_link_->begin_pushes(*this);

  Redirect redirect;
  if (redirect_at != 0) {
    const std::string_view text = arguments[redirect_at];
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), redirect.id);
    // What is not a number is Redis's to refuse.
    if (problem == std::errc() && end == text.data() + text.size()) {
      SessionQuery query;
      query.kind = SessionQuery::Kind::kLocateSubscriber;
      query.filter.ids = {redirect.id};
      const Step asked = ask_workers(std::move(query));
      if (asked != Step::kForward) return asked;
      const auto found = std::exchange(query_answer_, nullptr);
      if (found->matched == 0)
        return answer(id, plain_error_reply("ERR The client ID you want redirect to does not exist"));
      if (found->upstream_id == 0)
        return answer(
            id, error_reply("ERR", "the client to redirect to must subscribe first, or turn tracking on"),
            metrics::RequestVerdict::kUnsupported);
      redirect.upstream_id = found->upstream_id;
    }
  }
  next_redirect_ = redirect;
  count_allowed(id, plan);
  own_link_->expect_told_reply(*this, off ? Told::kTrackingOff : Told::kTrackingOn, worker_.now_ns(),
                               state_.is_quiet());
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
  const Step step = need_own_link(id);
  if (step != Step::kForward) return step;
  if (own_link_->must_wait_for_room()) return wait_for(Wait::kRoom);
  count_allowed(id, plan);
  own_link_->expect_told_reply(*this, on ? Told::kNoTouchOn : Told::kNoTouchOff, worker_.now_ns(),
                               state_.is_quiet());
  target_ = own_link_;
  return Step::kForward;
}

}  // namespace holdfast::proxy
