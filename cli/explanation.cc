#include "cli/explanation.h"

#include <algorithm>
#include <string_view>

#include "base/clock.h"
#include "base/closest.h"
#include "cli/command_words.h"
#include "policy/command_table.h"
#include "policy/key_positions.h"
#include "policy/refusal.h"
#include "policy/unbounded_reads.h"
#include "policy/users.h"
#include "proxy/request_gating.h"
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
    return Error(ErrorCode::kInvalid,
                 "which environment is meant? say --env" + names_hint("default", config.environments));
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
    acl();
    guards();
    by_arguments();
    durability();
    serving();
    return std::move(result_);
  }

 private:
  void step(const char* stage, std::string outcome) { result_.steps.push_back({stage, std::move(outcome)}); }

  bool is_audit() const { return environment_.mode == config::Mode::kAudit; }
  Decision objection() const { return is_audit() ? Decision::kObserve : Decision::kRefuse; }

  // listener, and AUTH
  Status who(const std::string& user) {
    const std::string place =
        "environment " + in_quotes(environment_.name) + " (" + environment_.where.to_string() + ")";
    result_.user = user.empty() ? "default" : user;
    switch (environment_.auth.value) {
      case config::Auth::kNone:
        if (!user.empty() && user != "default")
          return Error(ErrorCode::kInvalid, "environment " + in_quotes(environment_.name) + " has no user " +
                                                in_quotes(user) + ": nobody is asked for a password there");
        step("listener", place + ": nobody is asked for a password");
        return {};
      case config::Auth::kPassthrough:
        step("listener", place + ": Redis decides who may log in");
        result_.notes.push_back("what Redis's own ACL says to this user is not known here");
        return {};
      case config::Auth::kUsers:
        break;
    }
    user_ = user.empty() ? policy_.users().anonymous() : policy_.users().find(user);
    if (user_ == nullptr && !user.empty())
      return Error(ErrorCode::kInvalid, "environment " + in_quotes(environment_.name) + " has no user " +
                                            in_quotes(user) + names_hint(user, environment_.users));
    if (user_ == nullptr) {
      result_.user.clear();
      step("listener", place + ": the client has not logged in");
    } else {
      result_.user = user_->name();
      step("listener", place + ": " + (user.empty() ? "without a login it is user " : "user ") +
                           in_quotes(user_->name()) + " (" + user_->location + ")");
    }
    return {};
  }

  void acl() {
    if (environment_.auth.value != config::Auth::kUsers) {
      step("acl", "not asked: the environment has no users of its own");
      return;
    }
    if (user_ == nullptr) {
      if (policy::command(id_).has(policy::kNoAuth)) {
        step("acl", "allowed before a login");
        return;
      }
      step("acl", "refused: a login comes first");
      decide(Decision::kRefuse, "auth", environment_.auth.where.to_string(),
             "NOAUTH Authentication required.");
      return;
    }
    const policy::AclVerdict verdict = policy::decide(*user_, id_, arguments_, uses_);
    const std::string word = policy::deciding_word(*user_, id_);
    if (verdict.allowed()) {
      step("acl", "allowed by the ACL of user " + in_quotes(user_->name()) + " (" + user_->location + ")" +
                      (word.empty() ? "" : ", " + in_quotes(word)));
      return;
    }
    const std::string reply =
        plain_reply(policy::refusal(*user_, id_, arguments_, verdict, environment_.name));
    step("acl", std::string(is_audit() ? "would be refused" : "refused") + " by the ACL of user " +
                    in_quotes(user_->name()) + " (" + user_->location + ")");
    decide(objection(), policy::rule_of(*user_, id_, verdict), user_->location, reply);
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

  // What Session::look() asks, in its order. What Redis answers with an error anyway is not looked at.
  void by_arguments() {
    durability_ = policy_.keyspaces().strictest();
    if (has_wrong_arity()) return;
    scripts();
    keyspaces();
    limits();
    unbounded();
    prefix();
  }

  void scripts() {
    if (!policy_.known_scripts().concerns(id_)) return;
    if (policy_.known_scripts().allows(id_, arguments_)) {
      step("scripts", "allowed: it is one of the known scripts");
      return;
    }
    object("scripts", objection(), "scripts", environment_.where.to_string(),
           by_environment(command_name(), "scripts") + ": it is not one of the scripts in `files`");
  }

  void keyspaces() {
    const policy::Keyspaces& keyspaces = policy_.keyspaces();
    if (!keyspaces.concerns(id_)) {
      step("keyspaces", "not asked: none of them is about this command");
      return;
    }
    const policy::KeyspaceVerdict verdict = keyspaces.decide(id_, arguments_, uses_, unix_ms());
    durability_ = verdict.durability;
    if (verdict.decision == Decision::kAllow) {
      step("keyspaces", "allowed: " + keyspaces_of_keys());
    } else {
      const std::string reply = plain_reply(keyspaces.refusal(id_, verdict));
      object("keyspaces", verdict.decision, verdict.keyspace->name, verdict.keyspace->where.to_string(),
             reply);
    }
    if (verdict.critical != nullptr)
      result_.notes.push_back("keyspace " + in_quotes(verdict.critical->name) +
                              " is critical: it is refused while Redis may evict its keys");
  }

  std::string keyspaces_of_keys() {
    std::string text;
    for (const policy::KeyUse& use : uses_.all()) {
      if (use.kind != policy::KeyKind::kKey) continue;
      const std::string_view key = arguments_[use.argument];
      const config::Keyspace* keyspace = policy_.keyspaces().find(key);
      text += (text.empty() ? "" : ", ") + join_command({std::string(key)}) +
              (keyspace == nullptr
                   ? std::string(" is in none")
                   : " is in " + in_quotes(keyspace->name) + " (" + keyspace->where.to_string() + ")");
    }
    return text.empty() ? "it names no key" : text;
  }

  void limits() {
    const policy::Limits& limits = policy_.limits();
    for (const uint16_t index : limits.of(id_)) {
      const config::Limit& limit = limits.limit(index);
      const auto excess = policy::Limits::excess(limit, arguments_);
      if (excess != policy::Limits::Excess::kNone)
        object("limits", *limit.mode == config::Mode::kAudit ? Decision::kObserve : Decision::kRefuse,
               limit.name, limit.where.to_string(), plain_reply(limits.size_refusal(id_, limit, excess)));
      if (limit.rate)
        result_.notes.push_back("limit " + in_quotes(limit.name) + " (" + limit.where.to_string() +
                                ") counts it: -TRYAGAIN once it is used up");
    }
  }

  void unbounded() {
    const config::UnboundedReads rule = environment_.unbounded_reads;
    if (rule == config::UnboundedReads::kAllow || !policy::is_unbounded_read(id_, arguments_)) return;
    const std::string what = "its reply has no bound";
    if (rule == config::UnboundedReads::kLimit)
      result_.notes.push_back(what + ": unbounded_reads limits how often");
    else
      object("limits",
             rule == config::UnboundedReads::kReport || is_audit() ? Decision::kObserve : Decision::kRefuse,
             "unbounded_reads", environment_.where.to_string(),
             by_environment(command_name() + ", whose reply has no bound,", "unbounded_reads"));
  }

  void prefix() {
    const policy::KeyPrefix& prefix = policy_.key_prefix();
    if (prefix.empty() || !policy::KeyPrefix::concerns(id_)) return;
    const std::string_view objects = prefix.objection(id_, arguments_, uses_);
    if (!objects.empty())
      object("prefix", Decision::kRefuse, "key_prefix", environment_.key_prefix.where.to_string(),
             by_environment(command_name() + ", " + std::string(objects), "key_prefix"));
    else
      step("prefix", "its keys live under " + in_quotes(prefix.text()) + " in Redis");
  }

  std::string command_name() const { return in_quotes(policy::display_name(policy::command(id_))); }

  std::string by_environment(const std::string& what, std::string_view rule) const {
    return plain_reply(policy::refusal(what, environment_.name, rule));
  }

  void object(const char* stage, Decision decision, const std::string& rule, const std::string& where,
              const std::string& reply) {
    step(stage, std::string(decision == Decision::kRefuse ? "refused" : "would be refused") + " by rule " +
                    in_quotes(rule) + " (" + where + ")");
    decide(decision, rule, where, reply);
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
    switch (proxy::gating_of_request(environment_, id_, durability_, arguments_)) {
      case proxy::Gating::kNone:
        result_.durability = "none";
        result_.waits = writes() ? "the reply does not wait for the journal" : "it writes nothing";
        return;
      case proxy::Gating::kHoldRead:
        result_.durability = "none";
        result_.waits =
            "it writes nothing; reads = \"durable\": the reply waits until what it saw is on disk";
        return;
      case proxy::Gating::kNeedJournal:
        result_.durability = "async";
        result_.waits = "the journal must be able to take it; the reply does not wait for the disk";
        return;
      case proxy::Gating::kHold:
        result_.durability = "sync";
        result_.waits = "the reply waits until the write is on disk in the journal";
    }
  }

  bool writes() const { return id_ == policy::kUnknownCommand || policy::command(id_).may_write(); }

  bool has_wrong_arity() const {
    const int arity = policy::command(id_).arity;
    const int size = static_cast<int>(arguments_.size());
    return id_ != policy::kUnknownCommand && (arity > 0 ? size != arity : size < -arity);
  }

  void serving() {
    if (has_wrong_arity())
      result_.notes.push_back("Redis answers it with an error: wrong number of arguments");
    if (proxy::route_of(id_) == proxy::Route::kUnsupported)
      result_.notes.push_back("this version of Holdfast does not serve it: the client gets an error");
  }

  const config::Environment& environment_;
  const policy::Policy& policy_;
  std::vector<std::string_view> arguments_;
  policy::CommandId id_ = policy::kUnknownCommand;
  policy::KeyUses uses_;
  const policy::User* user_ = nullptr;  // of auth = "users"; null: not logged in
  config::Durability durability_ = config::Durability::kNone;
  Explanation result_;
};

}  // namespace

std::string who_asks(const Explanation& explanation) {
  return explanation.user.empty() ? "before a login" : "as user " + in_quotes(explanation.user);
}

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

Result<Explanation> explain(const config::Environment& environment, const policy::Policy& policy,
                            const Question& question) {
  if (question.arguments.empty() || question.arguments[0].empty())
    return Error(ErrorCode::kInvalid, "a command is needed, as in: holdfast explain -- SET key value");
  return Explainer(environment, policy, question).run(question.user);
}

Result<Explanation> explain(const config::Config& config, const Question& question) {
  const auto environment = find_environment(config, question.environment);
  if (!environment.ok()) return environment.error();
  const auto policy = policy::Policy::compile(*environment.value());
  if (!policy.ok()) return policy.error();
  return explain(*environment.value(), *policy.value(), question);
}

}  // namespace holdfast::cli
