#include "proxy/upstream_login.h"

#include <sys/random.h>

#include <array>

#include "base/sha256.h"
#include "policy/upstream_rules.h"

namespace holdfast::proxy {
namespace {

// The same for all workers, which make the same users; another one in every process.
const std::string& process_secret() {
  static const std::string secret = [] {
    std::array<char, 32> bytes{};
    // So few bytes come at once, or not at all while a signal is handled (getrandom(2)).
    while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    }
    return std::string(bytes.data(), bytes.size());
  }();
  return secret;
}

}  // namespace

UpstreamLogin make_upstream_login(const policy::Policy& policy, const policy::User* user) {
  UpstreamLogin login;
  login.user = "holdfast:" + policy.environment() + (user == nullptr ? "" : ":" + user->name());
  login.password = to_hex(sha256(process_secret() + login.user));
  login.rules = policy::upstream_rules(policy, user);
  login.rules.push_back("#" + to_hex(sha256(login.password)));
  login.more_rules = policy::upstream_rules_for_newer_servers(policy, user);
  return login;
}

}  // namespace holdfast::proxy
