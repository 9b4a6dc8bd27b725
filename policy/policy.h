// What an environment lets through: the configuration's rules compiled into one verdict per command.
//
// Compiled once (and again on a reload), then immutable: any thread may decide with it. A decision is a
// table lookup: it allocates nothing, looks at no clock and touches no global state.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/problems.h"
#include "policy/command_table.h"
#include "policy/decision.h"
#include "policy/key_prefix.h"
#include "policy/keyspaces.h"
#include "policy/known_scripts.h"
#include "policy/limits.h"
#include "policy/users.h"

namespace holdfast::policy {

struct Verdict {
  Decision decision = Decision::kAllow;
  // kRefuse and kObserve: the whole error reply, "-NOPERM holdfast: ...\r\n". Lives as long as the Policy.
  std::string_view error_reply;
  // kRefuse and kObserve: which rule decided, and where it is written, for logs and `explain`.
  std::string_view rule;
  std::string_view rule_location;
};

class Policy {
 public:
  // A rule that names no known command or category is a problem at its place, with the closest one; null when
  // there is any.
  static std::shared_ptr<const Policy> compile(const config::Environment& environment,
                                               config::ProblemList& problems);
  // The same for who needs only the first problem.
  static Result<std::shared_ptr<const Policy>> compile(const config::Environment& environment);

  // `id` from find_command(). The reply to kUnknownCommand does not say the name, which is not known in
  // advance: unknown_command_reply() makes the one that does.
  const Verdict& decide(CommandId id) const { return verdicts_[id]; }

  // The refusal of a command that is not in the table; `name`, as the client wrote it, is cut and made
  // printable.
  std::string unknown_command_reply(std::string_view name) const;

  // What holds for keys, beside what decide() says about the command.
  const Keyspaces& keyspaces() const { return keyspaces_; }
  const Limits& limits() const { return limits_; }
  const KeyPrefix& key_prefix() const { return key_prefix_; }

  // Who may do what; of auth = "users" only.
  const Users& users() const { return users_; }

  // Which scripts may run.
  const KnownScripts& known_scripts() const { return known_scripts_; }

  const std::string& environment() const { return environment_; }

 private:
  Policy() = default;
  friend class PolicyCompiler;

  std::string environment_;
  Keyspaces keyspaces_;
  Limits limits_;
  KeyPrefix key_prefix_;
  Users users_;
  KnownScripts known_scripts_;
  std::vector<Verdict> verdicts_;                            // by CommandId
  std::vector<std::unique_ptr<const std::string>> strings_;  // owns what the verdicts view
};

}  // namespace holdfast::policy
