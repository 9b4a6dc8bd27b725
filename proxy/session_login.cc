// Who the client is: by the name in its certificate, by AUTH or HELLO AUTH, or nobody yet. Texts of errors
// are Redis 7's.
#include <utility>

#include "base/clock.h"
#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

constexpr std::string_view kWrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";
constexpr std::string_view kNoPasswordConfigured =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
    "configuration is correct?";
constexpr std::string_view kTooManyFailures =
    "too many failed logins of this user from this address; try again in a second";
// networking.c: who has not logged in may not send longer arguments to Redis either.
constexpr size_t kPasswordBytesMax = 16 * 1024;

}  // namespace

std::string_view Session::user_name() const {
  if (user_ != nullptr) return user_->name();
  const auto& login = group_->key().login;
  return login != nullptr && login->is_clients() ? std::string_view(login->user) : kDefaultUser;
}

void Session::log_in(const policy::User* user) {
  buckets_.clear();  // those of its user are others now
  user_ = user;
  plans_ = environment_.plans_of(user);
}

// With the first bytes: the TLS handshake is over then.
void Session::log_in_by_certificate() {
  if (!environment_.policy().users().have_certificates()) return;
  const std::string name = stream_.tls_peer_name();
  if (name.empty()) return;
  const policy::User* user = environment_.policy().users().find_by_certificate(name);
  if (user == nullptr) return;
  if (count_as(user->name())) return log_in(user);
  const std::string refusal = too_many_of(user->name());
  deliver(refusal.data(), refusal.size());
  leave();
}

const policy::User* Session::first_user() const {
  const bool counts = environment_.config().max_clients_per_user.value != 0;
  return counts ? nullptr : environment_.policy().users().anonymous();
}

bool Session::is_nobody() const {
  if (environment_.passes_logins()) return group_->key().login == nullptr;
  return environment_.asks_for_login() && user_ == nullptr;
}

const policy::User* Session::check_login(std::string_view user, std::string_view password,
                                         std::string& refused) {
  if (!environment_.asks_for_login()) {
    // As a Redis whose only user is `default`, without a password.
    if (user != kDefaultUser) refused = plain_error_reply(kWrongPassword);
    return nullptr;
  }
  const policy::Users& users = environment_.policy().users();
  LoginLimiter& logins = environment_.clients().logins;
  // Names that nobody has share one place: they must not push others out of the table.
  const std::string who = address() + ' ' + (users.find(user) != nullptr ? std::string(user) : std::string());
  if (!logins.allows(who, worker_.now_ns())) {
    refused = error_reply("ERR", kTooManyFailures);
    return nullptr;
  }
  const policy::User* found =
      password.size() <= kPasswordBytesMax ? users.authenticate(user, password) : nullptr;
  if (found != nullptr) {
    logins.succeeded(who);
    return found;
  }
  logins.failed(who, worker_.now_ns());
  environment_.stats().failed_logins.add();
  log_denial("auth", "AUTH", user);
  report("a login as '" + policy::printable(user, 64) + "' failed",
         "wrong password, or no such user that is on");
  refused = plain_error_reply(kWrongPassword);
  return nullptr;
}

Session::Step Session::pass_login(std::string_view user, std::string_view password, std::string& refused) {
  if (entries_ > 0) return wait_for(Wait::kReplies);
  release_own_link_if_idle();
  std::shared_ptr<const UpstreamLogin> login = environment_.client_login(user, password);
  if (own_link_ != nullptr && own_link_->login() != login) {
    // It stays logged in to Redis as who the client was.
    refused =
        error_reply("ERR",
                    "this connection has a subscription, watched or tracked keys as another user; end that "
                    "first, or log in on a new connection");
    return Step::kForward;
  }
  LinkGroup* group = environment_.upstream().group({database_, protocol_, false, login});
  if (group == nullptr) {
    refused = error_reply("ERR", "too many users, databases and protocols are in use through this worker");
    return Step::kForward;
  }
  const bool asked_before = std::exchange(asked_group_, nullptr) == group;
  if (!group->login_refusal().empty()) {
    if (asked_before) {
      refused = plain_error_reply(group->login_refusal());
      return Step::kForward;
    }
    group->try_again();
  }
  const size_t group_slot = id_ % group->links();
  if (group->ready_link(group_slot) == nullptr) {
    if (!group->is_first_try(group_slot)) {
      refused = environment_.upstream().unavailable_reply();
      return Step::kForward;
    }
    asked_group_ = group;
    return wait_for(Wait::kLink);
  }
  if (!count_as(user)) {
    refused = too_many_of(user);
    return Step::kForward;
  }
  group_ = group;
  plans_ = environment_.plans_after_passed_login();
  return Step::kForward;
}

Session::Step Session::begin_as_default_user(std::string& refused) {
  if (environment_.passes_logins()) {
    const Step step = pass_login(kDefaultUser, "", refused);
    if (refused.starts_with("-WRONGPASS")) refused = kNoAuth;
    return step;
  }
  const policy::User* anonymous = environment_.policy().users().anonymous();
  if (anonymous == nullptr)
    refused = kNoAuth;
  else if (!count_as(anonymous->name()))
    refused = too_many_of(anonymous->name());
  else
    log_in(anonymous);
  return Step::kForward;
}

Session::Step Session::refuse_nobody(policy::CommandId id, Arguments arguments, std::string why) {
  const std::string_view rule = is_too_many(why) ? kPerUserRule : "auth";
  tell_refused(is_too_many(why) ? metrics::RefusalReason::kLimit : metrics::RefusalReason::kLogin, id,
               arguments, rule, "");
  return answer(id, std::move(why), RequestVerdict::kRefused);
}

Session::Step Session::log_in_with(policy::CommandId id, std::string_view user, std::string_view password,
                                   std::string& refused) {
  if (environment_.passes_logins()) {
    // Every guess costs Redis a connection.
    LoginLimiter& logins = environment_.clients().logins;
    const std::string who = address() + " passed";
    if (!logins.allows(who, worker_.now_ns())) {
      refused = error_reply("ERR", kTooManyFailures);
    } else {
      const Step step = pass_login(user, password, refused);
      if (step == Step::kWait) return step;
      if (refused.starts_with("-WRONGPASS")) {
        environment_.stats().failed_logins.add();
        logins.failed(who, worker_.now_ns());
      } else if (refused.empty()) {
        logins.succeeded(who);
      }
    }
  } else {
    // Where nobody logs in, AUTH changes nothing, and inside EXEC it must not wait.
    if (environment_.asks_for_login() && leave_script_login() == Step::kWait) return Step::kWait;
    const policy::User* found = check_login(user, password, refused);
    if (found != nullptr && !count_as(found->name()))
      refused = too_many_of(found->name());
    else if (found != nullptr)
      log_in(found);
  }
  if (refused.empty()) {
    tell_audit(audit::Kind::kAuth, id, {}, "allowed", "", "");
  } else if (is_too_many(refused)) {
    tell_audit(audit::Kind::kAuth, id, {}, "refused", kPerUserRule,
               environment_.config().max_clients_per_user.where.to_string(), user);
  } else {
    tell_audit(audit::Kind::kAuth, id, {}, "failed", "", "", user);
  }
  return Step::kForward;
}

Session::Step Session::auth(policy::CommandId id, Arguments arguments) {
  if (arguments.size() > 3) return answer(id, plain_error_reply("ERR syntax error"));
  const bool names_nobody = arguments.size() == 2;
  if (names_nobody && !environment_.passes_logins() &&
      (!environment_.asks_for_login() || environment_.policy().users().anonymous() != nullptr))
    return answer(id, plain_error_reply(kNoPasswordConfigured));
  std::string refused;
  const Step step = log_in_with(id, names_nobody ? kDefaultUser : arguments[1], arguments.back(), refused);
  if (step == Step::kWait) return step;
  if (!refused.empty()) return answer(id, std::move(refused), RequestVerdict::kRefused);
  return answer(id, std::string(kOk));
}

// --- What a user may not do -----------------------------------------------------------------------------

void Session::log_denial(std::string_view reason, std::string_view object, std::string_view user) {
  environment_.clients().acl_log.add({std::string(reason), transaction_.in_multi() ? "multi" : "toplevel",
                                      std::string(object.substr(0, 1024)), std::string(user.substr(0, 1024)),
                                      client_line(info()), unix_ms()});
}

Session::Step Session::refuse_user(policy::CommandId id, Arguments arguments,
                                   const policy::AclVerdict& verdict) {
  transaction_.poison();
  const bool is_argument = verdict.argument > 0 && verdict.argument < arguments.size();
  if (verdict.denial == policy::AclDenial::kChannel && is_argument)
    log_denial("channel", arguments[verdict.argument], user_name());
  else if (verdict.denial == policy::AclDenial::kKey && is_argument)
    log_denial("key", arguments[verdict.argument], user_name());
  else
    log_denial("command", policy::command(id).name, user_name());
  tell_refused(metrics::RefusalReason::kAcl, id, arguments, "user " + user_->name(), user_->location);
  return answer(id, policy::refusal(*user_, id, arguments, verdict, environment_.config().name),
                RequestVerdict::kRefused);
}

}  // namespace holdfast::proxy
