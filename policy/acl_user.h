// A user of an environment and its ACL, in the rules of Redis 7
// (https://redis.io/docs/latest/operate/oss_and_stack/ management/security/acl/), with the same meaning.
// Unlike Redis's, a user that the configuration names is on from the beginning; `off` turns it off. Built on
// the main thread, then immutable; any thread may check with it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "policy/acl_error.h"
#include "policy/acl_selector.h"

namespace holdfast::policy {

class AclUser {
 public:
  explicit AclUser(std::string name);

  // One rule: of the user (on, off, nopass, >password, #hash, reset, (selector) ...) or of its root selector.
  AclError apply(std::string_view rule);
  void add_password(const Sha256& digest);
  // After the last rule.
  void seal();

  AclVerdict check(CommandId id, std::span<const std::string_view> arguments, const KeyUses& uses) const;
  // What can be said without the arguments: it is always let through, or never.
  bool always_allows(CommandId id) const;
  bool never_allows(CommandId id) const;

  // Is this one of its passwords? Takes as long for any wrong one. False for a user that is off.
  bool accepts(std::string_view password) const;

  const std::string& name() const { return name_; }
  bool is_on() const { return on_; }
  bool needs_no_password() const { return nopass_; }
  bool sanitizes_payload() const { return sanitize_payload_; }
  const std::vector<Sha256>& passwords() const { return passwords_; }
  const AclSelector& root() const { return root_; }
  // Those in parentheses.
  const std::vector<AclSelector>& selectors() const { return selectors_; }

  // As ACL LIST shows it, without "user <name>". `passwords` as #hashes.
  std::string describe() const;

 private:
  void reset();

  // First and in place, since it is what most decisions look at.
  AclSelector root_;
  std::vector<AclSelector> selectors_;
  std::string name_;
  bool on_ = true;
  bool nopass_ = false;
  bool sanitize_payload_ = true;
  std::vector<Sha256> passwords_;
};

// Splits a line of rules as Redis's ACL file does: at spaces, but what stands in parentheses is one rule.
// kUnmatchedParenthesis: `rules` holds the one that is not closed.
AclError split_acl(std::string_view text, std::vector<std::string>& rules);

}  // namespace holdfast::policy
