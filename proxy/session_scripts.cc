// Scripts and functions: what they call inside Redis is done with the rights of the connection's user there.
// So a session whose user may not do everything runs them on links that have logged in as a user of Redis
// with the same rights (upstream_login.h). It moves to those links with its first script, or when it borrows
// a link of its own, and stays there: its requests keep their order.
#include <utility>

#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"

namespace holdfast::proxy {

using metrics::RequestVerdict;

namespace {

constexpr std::string_view kNoRights = "Redis does not let Holdfast give the script the rights of its user";

}  // namespace

LinkKey Session::key_for(int database, int protocol) const {
  return {database, protocol, false, group_->key().login};
}

// kForward: the session is on the links of its script login, or needs none. kWait: as always. kDone: Redis
// does not let Holdfast have that login; nothing is answered yet.
Session::Step Session::enter_script_login(policy::CommandId id) {
  const auto& login = environment_.script_login(user_);
  if (login == nullptr || group_->key().login == login) return Step::kForward;
  if (entries_ > 0) return wait_for(Wait::kReplies);
  LinkGroup* group = environment_.upstream().group({database_, protocol_, false, login});
  if (group == nullptr) return Step::kDone;
  const bool asked_before = std::exchange(asked_group_, nullptr) == group;
  if (!group->login_refusal().empty()) {
    if (asked_before || !group->may_try_login_again()) return Step::kDone;
    group->try_again();
  }
  const size_t group_slot = id_ % group->links();
  if (group->ready_link(group_slot) == nullptr) {
    if (!group->is_first_try(group_slot)) return Step::kDone;
    asked_group_ = group;
    return wait_for(Wait::kLink);
  }
  group_ = group;
  static_cast<void>(id);
  return Step::kForward;
}

// The same without waiting, for a session that has not asked for it: false while the login is being made.
bool Session::may_run_scripts() {
  const auto& login = environment_.script_login(user_);
  if (login == nullptr || group_->key().login == login) return true;
  LinkGroup* group = environment_.upstream().group({database_, protocol_, false, login});
  if (group == nullptr || !group->login_refusal().empty()) return true;
  const size_t group_slot = id_ % group->links();
  if (group->ready_link(group_slot) == nullptr) return !group->is_first_try(group_slot);
  group_ = group;
  return true;
}

// Before the client becomes somebody else: what it has sent is done as who it was. kForward: it is on the
// links that anybody's plain commands use.
Session::Step Session::leave_script_login() {
  if (group_->key().login == nullptr) return Step::kForward;
  if (entries_ > 0) return wait_for(Wait::kReplies);
  release_own_link_if_idle();
  LinkGroup* group = environment_.upstream().group({database_, protocol_});
  if (group != nullptr) group_ = group;
  return Step::kForward;
}

Session::Step Session::take_script(policy::CommandId id, const CommandPlan& plan) {
  const auto& login = environment_.script_login(user_);
  if (login == nullptr) return forward(id, plan);
  if (own_link_ != nullptr && own_link_->login() != login) release_own_link_if_idle();
  if (own_link_ == nullptr) {
    const Step step = enter_script_login(id);
    if (step == Step::kWait) return step;
    if (step == Step::kForward) return forward(id, plan);
    LinkGroup* group = environment_.upstream().group({database_, protocol_, false, login});
    if (group == nullptr)
      return refuse_script(id, "too many users, databases and protocols are in use through this worker");
    if (group->login_refusal().empty())
      return unavailable(id, environment_.upstream().unavailable_reply(), metrics::RefusalReason::kUpstream);
    return refuse_script(id, std::string(kNoRights) + ": " + group->login_refusal());
  }
  if (own_link_->login() == login) return forward(id, plan);
  if (entries_ > 0) return wait_for(Wait::kReplies);
  return refuse_script(id,
                       std::string(kNoRights) +
                           " on the connection that is in use for a transaction, subscription or tracking; "
                           "end that first");
}

Session::Step Session::refuse_script(policy::CommandId id, std::string_view why) {
  transaction_.poison();
  tell_refused(metrics::RefusalReason::kScript, id, {}, "scripts", "");
  std::string text = policy::refusal("'" + policy::display_name(policy::command(id)) + "'",
                                     environment_.config().name, "scripts");
  text.resize(text.size() - 2);
  return answer(id, text + ": " + policy::printable(why) + "\r\n", RequestVerdict::kRefused);
}

}  // namespace holdfast::proxy
