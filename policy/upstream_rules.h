// The ACL of Redis's own user that runs the scripts of one of Holdfast's users. Redis runs a script's calls
// with the rights of the connection's user, so that user gets what Holdfast would let its client do: the
// user's rules, less what the environment refuses. Pure; main thread or worker, not on the way of a request.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/users.h"

namespace holdfast::policy {

// May a script do what its client could not, if it ran with all rights? `user` is null in an environment
// without users. False for who may do everything.
bool needs_own_rights(const Policy& policy, const User* user);

// May this client run scripts or functions at all?
bool may_run_scripts(const Policy& policy, const User* user);

// The arguments of ACL SETUSER behind the name, without a password: "reset", "on", "~order:*", ..., "+get",
// ... Commands are named one by one, so that nothing that Holdfast does not know is among them, and only with
// names that every Redis since 7.0 has.
std::vector<std::string> upstream_rules(const Policy& policy, const User* user);

// Commands of newer servers that it may run as well: "+waitaof". Each is to be tried by itself.
std::vector<std::string> upstream_rules_for_newer_servers(const Policy& policy, const User* user);

}  // namespace holdfast::policy
