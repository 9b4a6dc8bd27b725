#include "proxy/upstream_login.h"

#include <initializer_list>
#include <string_view>

#include "base/sha256.h"
#include "policy/upstream_rules.h"

namespace holdfast::proxy {
namespace {

constexpr size_t kShownDigits = 8;

std::string digest(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (std::string_view part : parts) text.append(part).append(1, '\0');
  return to_hex(sha256(text));
}

}  // namespace

UpstreamLogin make_upstream_login(const policy::Policy& policy, const policy::User* user,
                                  const config::Upstream& upstream) {
  UpstreamLogin login;
  login.rules = policy::upstream_rules(policy, user);
  login.more_rules = policy::upstream_rules_for_newer_servers(policy, user);
  std::string rights;
  for (const auto* rules : {&login.rules, &login.more_rules})
    for (const std::string& rule : *rules) rights.append(rule).append(1, ' ');
  login.user = "holdfast:" + policy.environment() + (user == nullptr ? "" : ":" + user->name()) + ":" +
               digest({rights}).substr(0, kShownDigits);
  login.password = digest({"scripts of holdfast", upstream.user, upstream.password, login.user, rights});
  login.rules.push_back("#" + to_hex(sha256(login.password)));
  return login;
}

}  // namespace holdfast::proxy
