#include "cli/explanation.h"

#include <algorithm>
#include <string_view>

#include "base/closest.h"
#include "policy/command_table.h"
#include "policy/key_positions.h"
#include "policy/refusal.h"
#include "proxy/environment.h"
#include "proxy/route.h"

namespace holdfast::cli {
namespace {

using policy::Decision;

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// "; did you mean 'default'?", or the list.
template <typename Named>
std::string names_hint(const std::string& wrong, const std::vector<Named>& known) {
  std::vector<std::string_view> names;
  for (const Named& one : known) names.push_back(one.name);
  if (const auto meant = closest(wrong, names)) return "; did you mean " + in_quotes(*meant) + "?";
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + in_quotes(name);
  return names.empty() ? "; there is none" : "; there is " + list;
}

Result<const config::Environment*> find_environment(const config::Config& config, const std::string& name) {
  for (const config::Environment& one : config.environments)
    if (one.name == (name.empty() ? "default" : name)) return &one;
  if (name.empty() && config.environments.size() == 1) return &config.environments.front();
  if (name.empty())
    return Error(ErrorCode::kInvalid, "which environment is meant? say --env" +
                                          names_hint("", config.environments).substr(0, 0) +
                                          names_hint("default", config.environments));
  return Error(ErrorCode::kInvalid,
               "there is no environment " + in_quotes(name) + names_hint(name, config.environments));
}

// The reply as a client library shows it.
std::string plain_reply(std::string_view reply) {
  if (reply.starts_with('-')) reply.remove_prefix(1);
  while (!reply.empty() && (reply.back() == '\n' || reply.back() == '\r')) reply.remove_suffix(1);
  return std::string(reply);
}

class Explainer {
 public:
  Explainer(const config::Environment& environment, const policy::Policy& policy, const Question& question)
      : environment_(environment), policy_(policy) {
    result_.environment = environment.name;
    result_.arguments = question.arguments;
    for (const std::string& argument : result_.arguments) arguments_.push_back(argument);
    id_ = policy::find_command(arguments_[0], arguments_.size() > 1 ? arguments_[1] : std::string_view());
  }

  Result<Explanation> run(const std::string& user) {
    if (Status known = who(user); !known.ok()) return known.error();
    policy::find_keys(id_, arguments_, uses_);
    keys();
    guards();
    durability();
    serving();
    return std::move(result_);
  }

 private:
  void step(const char* stage, std::string outcome) { result_.steps.push_back({stage, std::move(outcome)}); }

  Status who(const std::string& user) {
    result_.user = user.empty() ? "default" : user;
    if (!user.empty() && user != "default")
      return Error(ErrorCode::kInvalid,
                   "environment " + in_quotes(environment_.name) + " has no user " + in_quotes(user));
    step("listener", "environment " + in_quotes(environment_.name) + " (" + environment_.where.to_string() +
                         "): nobody is asked for a password");
    return {};
  }

  void keys() {
    for (const policy::KeyUse& use : uses_.all())
      result_.keys.push_back({std::string(arguments_[use.argument]), access_of(use)});
    result_.keys_known = uses_.all_known();
  }

  static std::string access_of(const policy::KeyUse& use) {
    switch (use.kind) {
      case policy::KeyKind::kKey:
        break;
      case policy::KeyKind::kKeyPattern:
        return "pattern of keys, read";
      case policy::KeyKind::kChannelPattern:
        return "pattern of channels";
      case policy::KeyKind::kChannel:
      case policy::KeyKind::kShardChannel:
        return "channel";
    }
    if (use.needs_read() && use.changes()) return "read, write";
    return use.changes() ? "write" : "read";
  }

  void guards() {
    const policy::Verdict& verdict = policy_.decide(id_);
    if (verdict.decision == Decision::kAllow) {
      step("guards", "allowed: no entry of block names it, or one of allow does");
      return;
    }
    const std::string reply =
        plain_reply(id_ == policy::kUnknownCommand ? policy_.unknown_command_reply(arguments_[0])
                                                   : std::string(verdict.error_reply));
    step("guards", std::string(verdict.decision == Decision::kRefuse ? "refused" : "would be refused") +
                       " by rule " + in_quotes(verdict.rule) + " (" + std::string(verdict.rule_location) +
                       ")");
    decide(verdict.decision, verdict.rule, verdict.rule_location, reply);
  }

  // The first that refuses decides; an observation stands until somebody refuses.
  void decide(Decision decision, std::string_view rule, std::string_view where, const std::string& reply) {
    if (result_.decision == Decision::kRefuse) return;
    if (result_.decision == Decision::kObserve && decision == Decision::kObserve) return;
    result_.decision = decision;
    result_.rule = rule;
    result_.where = where;
    result_.reply = reply;
  }

  void durability() {
    switch (proxy::gating_of(id_, environment_)) {
      case proxy::Gating::kNone:
        result_.durability = "none";
        break;
      case proxy::Gating::kNeedJournal:
        result_.durability = "async";
        break;
      case proxy::Gating::kHold:
        result_.durability = "sync";
        break;
    }
    const bool writes = id_ == policy::kUnknownCommand || policy::command(id_).may_write();
    if (!writes)
      result_.waits = "it writes nothing";
    else if (result_.durability == "none")
      result_.waits = "the reply does not wait for the journal";
    else if (result_.durability == "async")
      result_.waits = "the journal must be able to take it; the reply does not wait for the disk";
    else
      result_.waits = "the reply waits until the write is on disk in the journal";
  }

  void serving() {
    const int arity = policy::command(id_).arity;
    const int size = static_cast<int>(arguments_.size());
    if (id_ != policy::kUnknownCommand && (arity > 0 ? size != arity : size < -arity))
      result_.notes.push_back("Redis answers it with an error: wrong number of arguments");
    if (proxy::route_of(id_) == proxy::Route::kUnsupported)
      result_.notes.push_back("this version of Holdfast does not serve it: the client gets an error");
  }

  const config::Environment& environment_;
  const policy::Policy& policy_;
  std::vector<std::string_view> arguments_;
  policy::CommandId id_ = policy::kUnknownCommand;
  policy::KeyUses uses_;
  Explanation result_;
};

}  // namespace

const char* verdict_word(Decision decision) {
  switch (decision) {
    case Decision::kAllow:
      return "allowed";
    case Decision::kRefuse:
      return "refused";
    case Decision::kObserve:
      break;
  }
  return "observed";
}

Result<Explanation> explain(const config::Config& config, const Question& question) {
  if (question.arguments.empty() || question.arguments[0].empty())
    return Error(ErrorCode::kInvalid, "a command is needed, as in: holdfast explain -- SET key value");
  const auto environment = find_environment(config, question.environment);
  if (!environment.ok()) return environment.error();
  const auto policy = policy::Policy::compile(*environment.value());
  if (!policy.ok()) return policy.error();
  return Explainer(*environment.value(), *policy.value(), question).run(question.user);
}

}  // namespace holdfast::cli
