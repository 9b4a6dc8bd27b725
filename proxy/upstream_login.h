// As whom a link logs in when it is not the user of upstream.url: a user of Redis that has the rights of one
// of Holdfast's users. Every link that begins makes that user anew, so it is there after a failover or a
// restart of Redis as well. Immutable; links, groups and sessions share it.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/users.h"

namespace holdfast::proxy {

// With auth = "passthrough": the client's own user, which exists; then there are no rules.
struct UpstreamLogin {
  std::string user;                // "holdfast:default:checkout:5e884898", "holdfast:default:2cf24dba"
  std::string password;            // known only to who knows that of upstream.url
  std::vector<std::string> rules;  // of ACL SETUSER, the password among them
  bool is_clients() const { return rules.empty(); }
  std::vector<std::string> more_rules;  // each of its own; a server that does not know it refuses it

  friend bool operator==(const UpstreamLogin&, const UpstreamLogin&) = default;
};

// `user` is null in an environment without users. Its name ends with a digest of its rights, so that several
// Holdfasts before one Redis share it when their rules are the same, and have one each when they are not, as
// while a new configuration is rolled out. All that know the login of upstream.url know its password; that
// login is allowed to make and change users, so it protects nothing from them.
UpstreamLogin make_upstream_login(const policy::Policy& policy, const policy::User* user,
                                  const config::Upstream& upstream);

}  // namespace holdfast::proxy
