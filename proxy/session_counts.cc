// How many clients there are of one address and of one user, over all workers (client_limit.h). A client
// counts for its address from the start; for a user from its login until it is another's, logs out or goes.
// Who is `default` because that user needs no password counts from its first command, so that who comes to
// log in as somebody else does not need a place of `default`.
#include <algorithm>
#include <limits>
#include <utility>

#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"

namespace holdfast::proxy {
namespace {

constexpr int kAny = std::numeric_limits<int>::max();

}  // namespace

std::string Session::address() const {
  const std::string name = stream_.peer_name();
  const size_t colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(0, colon);
}

bool Session::enter_by_name() {
  const auto& max = environment_.config().max_clients_per_address;
  if (max && !count_address(*max)) return false;
  // Where nobody logs in, everybody is one user from the start.
  return environment_.asks_for_login() || environment_.passes_logins() || count_as(kDefaultUser);
}

bool Session::count_address(int max) {
  std::string name = address();
  if (!environment_.clients().by_address.enter(name, max)) return false;
  counted_address_ = std::make_unique<std::string>(std::move(name));
  return true;
}

bool Session::count_as(std::string_view user) {
  const int max = environment_.config().max_clients_per_user.value;
  return max == 0 || count_as(user, max);
}

bool Session::count_as(std::string_view user, int max) {
  if (counted_user_ != nullptr && *counted_user_ == user) return true;
  auto name = std::make_unique<std::string>(user);
  if (!environment_.clients().by_user.enter(*name, max)) return false;
  forget_user();
  counted_user_ = std::move(name);
  return true;
}

void Session::forget_user() {
  if (counted_user_ != nullptr) environment_.clients().by_user.leave(*counted_user_);
  counted_user_.reset();
}

void Session::forget_address() {
  if (counted_address_ != nullptr) environment_.clients().by_address.leave(*counted_address_);
  counted_address_.reset();
}

// A reload may have brought or taken away a bound. Who is there stays, and counts.
void Session::count_again() {
  if (!environment_.config().max_clients_per_address)
    forget_address();
  else if (counted_address_ == nullptr)
    count_address(kAny);
  if (environment_.config().max_clients_per_user.value == 0 || is_nobody())
    forget_user();
  else
    count_as(user_name(), kAny);
}

bool Session::is_too_many(std::string_view refused) {
  return refused.substr(std::min<size_t>(refused.size(), 1)).starts_with(kTooManyOfUser);
}

std::string Session::too_many_of(std::string_view user) {
  const std::string max = std::to_string(environment_.config().max_clients_per_user.value);
  environment_.stats().connections_refused.add();
  report("a client of user '" + policy::printable(user, 64) + "' was refused",
         max + " are connected (" + std::string(kPerUserRule) + ")");
  return plain_error_reply(std::string(kTooManyOfUser) + " '" + policy::printable(user, 64) + "' has " + max +
                           " connections in environment '" + environment_.config().name + "' (" +
                           std::string(kPerUserRule) + ")");
}

}  // namespace holdfast::proxy
