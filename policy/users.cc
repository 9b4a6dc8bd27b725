#include "policy/users.h"

#include <algorithm>
#include <utility>

#include "base/closest.h"
#include "policy/refusal.h"

namespace holdfast::policy {
namespace {

constexpr size_t kShownKey = 64;
constexpr std::string_view kDefault = "default";

// "; did you mean '+@read'?" for a word that names no command or category.
std::string advice(std::string_view word) {
  if (word.empty() || (word.front() != '+' && word.front() != '-')) return "";
  std::vector<std::string> known;
  for (std::string_view name : category_names())
    known.push_back(std::string(1, word.front()) + "@" + std::string(name));
  for (const CommandInfo& info : commands().subspan(1))
    known.push_back(std::string(1, word.front()) + std::string(info.name));
  const auto meant = closest(word, std::vector<std::string_view>(known.begin(), known.end()));
  return meant ? "; did you mean '" + std::string(*meant) + "'?" : "";
}

// A password must not be shown, wherever the rule is wrong.
std::string shown(std::string_view rule) {
  const bool is_password = !rule.empty() && (rule.front() == '>' || rule.front() == '<');
  return is_password ? std::string(1, rule.front()) + "..." : printable(rule, kShownKey);
}

std::unique_ptr<User> compile_user(const config::User& config, const std::string& environment,
                                   config::ProblemList& problems) {
  const bool has_acl = config.acl.where.line != 0;
  const config::Location& where = has_acl ? config.acl.where : config.where;
  auto user = std::make_unique<User>(
      User{AclUser(config.name), config.tls_name.value, config.acl.value, where.to_string()});
  const std::string place =
      "acl of [environment." + printable(environment) + ".user." + printable(config.name) + "]: ";
  for (const auto& hash : config.password_sha256) {
    Sha256 digest{};
    if (from_hex(hash.value, digest)) user->acl.add_password(digest);  // checked when it was read
  }
  for (const std::string& password : config.passwords) user->acl.add_password(sha256(password));
  std::vector<std::string> rules;
  if (const AclError error = split_acl(config.acl.value, rules); error != AclError::kNone) {
    problems.add(where, place + "'" + shown(rules.back()) + "': " + std::string(acl_error_text(error)));
    return user;
  }
  for (const std::string& rule : rules) {
    const AclError error = user->acl.apply(rule);
    if (error == AclError::kNone) continue;
    std::string text = place + "'" + shown(rule) + "': " + std::string(acl_error_text(error));
    if (error == AclError::kUnknownName) text += advice(rule);
    problems.add(where, text);
  }
  return user;
}

std::string quoted(CommandId id) {
  return "'" + display_name(command(id)) + "'";
}

}  // namespace

Users Users::compile(const config::Environment& environment, config::ProblemList& problems) {
  std::vector<std::unique_ptr<User>> compiled;
  for (const config::User& config : environment.users)
    compiled.push_back(compile_user(config, environment.name, problems));
  std::ranges::sort(compiled, {}, [](const auto& user) { return std::string_view(user->name()); });
  Users users;
  // What decisions look at is allocated together, without what compiling has left between: of thousands of
  // users any one is then on few pages of memory.
  for (auto& made : compiled) {
    auto user = std::make_unique<User>(std::move(*made));
    user->acl.seal();
    users.all_.push_back(std::move(user));
  }
  for (const auto& user : users.all_) {
    users.by_name_.emplace(user->name(), user.get());
    if (!user->tls_name.empty()) users.by_certificate_.emplace(user->tls_name, user.get());
  }
  const User* user = users.find(kDefault);
  if (user != nullptr && user->acl.is_on() && user->acl.needs_no_password()) users.anonymous_ = user;
  return users;
}

const User* Users::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const User* Users::find_by_certificate(std::string_view tls_name) const {
  const auto found = by_certificate_.find(tls_name);
  return found == by_certificate_.end() || !found->second->acl.is_on() ? nullptr : found->second;
}

const User* Users::authenticate(std::string_view name, std::string_view password) const {
  // Somebody who is not there takes as long to refuse: a digest and a comparison.
  static const AclUser nobody = [] {
    AclUser made("");
    made.add_password(Sha256{});
    return made;
  }();
  const User* user = find(name);
  const bool accepted = (user != nullptr ? user->acl : nobody).accepts(password);
  return accepted ? user : nullptr;
}

AclVerdict decide(const User& user, CommandId id, std::span<const std::string_view> arguments,
                  KeyUses& scratch) {
  find_keys(id, arguments, scratch);
  return user.acl.check(id, arguments, scratch);
}

std::string deciding_word(const User& user, CommandId id) {
  std::vector<std::string> rules;
  AclCommands commands;
  std::string word;
  bool before = false;
  if (split_acl(user.rules, rules) != AclError::kNone) return word;
  for (const std::string& rule : rules) {
    const bool is_command = rule.front() == '+' || rule.front() == '-' || rule == "allcommands" ||
                            rule == "nocommands" || rule == "reset";
    if (!is_command) continue;
    commands.apply(rule == "reset" ? "nocommands" : std::string_view(rule));
    const bool now = commands.always_allows(id);
    if (now != before) word = rule;
    before = now;
  }
  return word;
}

std::string rule_of(const User& user, CommandId id, const AclVerdict& verdict) {
  const bool by_command = verdict.denial == AclDenial::kNone || verdict.denial == AclDenial::kCommand;
  const std::string word = by_command ? deciding_word(user, id) : std::string();
  return (word.empty() ? "" : word + " of ") + "user " + user.name();
}

std::string refusal(const User& user, CommandId id, std::span<const std::string_view> arguments,
                    const AclVerdict& verdict, std::string_view environment) {
  const auto argument = [&] {
    return verdict.argument < arguments.size() ? "'" + printable(arguments[verdict.argument], kShownKey) + "'"
                                               : std::string("unknown");
  };
  std::string what = id == kUnknownCommand && !arguments.empty()
                         ? "'" + printable(arguments[0], kShownKey) + "'"
                         : quoted(id);
  std::string redis = "this user has no permissions to access one of the keys used as arguments";
  switch (verdict.denial) {
    case AclDenial::kNone:
    case AclDenial::kCommand:
      redis = "this user has no permissions to run the '" + std::string(command(id).name) + "' command";
      break;
    case AclDenial::kKey:
      what += " with key " + argument();
      break;
    case AclDenial::kUnknownKeys:
      what += ", whose keys cannot be known,";
      break;
    case AclDenial::kChannel:
      what += " with channel " + argument();
      redis = "this user has no permissions to access one of the channels used as arguments";
      break;
  }
  std::string reply = refusal(what, environment, rule_of(user, id, verdict));
  reply.resize(reply.size() - 2);
  return reply + ": " + redis + "\r\n";
}

std::string dry_run_text(CommandId id, std::span<const std::string_view> arguments,
                         const AclVerdict& verdict) {
  const auto of = [&](std::string_view kind) {
    return "This user has no permissions to access the '" + std::string(arguments[verdict.argument]) + "' " +
           std::string(kind);
  };
  switch (verdict.denial) {
    case AclDenial::kNone:
      return "OK";
    case AclDenial::kKey:
      return of("key");
    case AclDenial::kChannel:
      return of("channel");
    case AclDenial::kUnknownKeys:
      return "This user has no permissions to run the '" + std::string(command(id).name) +
             "' command, whose keys cannot be known";
    case AclDenial::kCommand:
      break;
  }
  return "This user has no permissions to run the '" + std::string(command(id).name) + "' command";
}

}  // namespace holdfast::policy
