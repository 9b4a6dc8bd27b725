// Why a command line is allowed or refused: the decision that a session would come to, step by step, with
// the same functions of policy/ in the same order (proxy/environment.cc, proxy/session_look.cc).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/load.h"
#include "policy/policy.h"

namespace holdfast::cli {

struct ExplainedKey {
  std::string name;
  std::string access;  // "read", "write", "read, write"
};

struct ExplainedStep {
  std::string stage;    // "listener", "acl", "guards", "keyspaces"
  std::string outcome;  // one sentence
};

struct Explanation {
  policy::Decision decision = policy::Decision::kAllow;
  std::string environment, user;  // user empty: has not logged in
  std::vector<std::string> arguments;
  std::string rule, where;  // who decided; empty when nobody had anything against it
  std::string reply;        // kRefuse: what the client gets, without the '-'
  std::vector<ExplainedKey> keys;
  bool keys_known = true;
  std::string durability;  // "none", "async", "sync": what it waits for
  std::string waits;       // the same as a sentence
  std::vector<ExplainedStep> steps;
  std::vector<std::string> notes;
};

struct Question {
  std::string environment;  // empty: `default`, or the only one
  std::string user;         // empty: who has not logged in
  std::vector<std::string> arguments;
};

// An error: the question cannot be asked (no such environment, no such user, no command).
Result<Explanation> explain(const config::Config& config, const Question& question);
// The same of an environment whose rules are compiled already; `question.environment` is not looked at.
Result<Explanation> explain(const config::Environment& environment, const policy::Policy& policy,
                            const Question& question);

// "as user 'app'", "before a login"
std::string who_asks(const Explanation& explanation);

// "allowed", "refused", "observed"
const char* verdict_word(policy::Decision decision);

}  // namespace holdfast::cli
