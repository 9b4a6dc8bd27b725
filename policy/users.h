// The users of one environment: who they are and what each may do.
//
// Compiled on the main thread (and again on a reload), then immutable: any thread may ask. decide() allocates
// nothing, and its cost does not grow with the number of users or rules.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "config/problems.h"
#include "policy/acl_user.h"
#include "policy/command_table.h"
#include "policy/key_positions.h"

namespace holdfast::policy {

struct User {
  AclUser acl;
  std::string tls_name;  // who its certificate is for; empty: none
  std::string rules;     // its acl, as written
  std::string location;  // of its acl, else of its section: "holdfast.toml:12"
  const std::string& name() const { return acl.name(); }
};

class Users {
 public:
  // Every mistake in the rules goes to `problems`, in Redis's words and with its place; then the answer is of
  // no use.
  static Users compile(const config::Environment& environment, config::ProblemList& problems);

  // By name, case matters; null when there is none. Pointers live as long as this.
  const User* find(std::string_view name) const;
  // Who shows a certificate for this name.
  const User* find_by_certificate(std::string_view tls_name) const;
  // As whom a connection begins: `default`, if it is on and needs no password.
  const User* anonymous() const { return anonymous_; }
  bool have_certificates() const { return !by_certificate_.empty(); }
  // By name.
  const std::vector<std::unique_ptr<const User>>& all() const { return all_; }

  // The user, if this is one of its passwords, else null. Takes as long when there is no such user.
  const User* authenticate(std::string_view name, std::string_view password) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, const User*, Hash, std::equal_to<>>;

  std::vector<std::unique_ptr<const User>> all_;
  Index by_name_;
  Index by_certificate_;
  const User* anonymous_ = nullptr;
};

// The one entry of a decision about a user: is this command line within its ACL? `arguments` begin with the
// command's name; `scratch` is filled with the keys, for whoever looks at them next.
AclVerdict decide(const User& user, CommandId id, std::span<const std::string_view> arguments,
                  KeyUses& scratch);

// The word of its ACL that decides about a command ("-@dangerous"), or nothing when no word names it. Not for
// the way of a request: it plays the rules back.
std::string deciding_word(const User& user, CommandId id);

// How the rule is called that does not allow it: "-@dangerous of user app", or "user app".
std::string rule_of(const User& user, CommandId id, const AclVerdict& verdict);

// The error reply to a command that `verdict` does not allow: "-NOPERM holdfast: ...\r\n", with Redis's own
// words at its end.
std::string refusal(const User& user, CommandId id, std::span<const std::string_view> arguments,
                    const AclVerdict& verdict, std::string_view environment);

// The same as ACL DRYRUN says it, without "OK".
std::string dry_run_text(CommandId id, std::span<const std::string_view> arguments,
                         const AclVerdict& verdict);

}  // namespace holdfast::policy
