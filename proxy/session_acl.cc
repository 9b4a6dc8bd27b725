// ACL, answered about the users of this environment: Redis's own are not those that clients log in as.
// Replies and texts are Redis 7.0's (acl.c, aclCommand).
#include <sys/random.h>

#include <charconv>
#include <cstdio>
#include <utility>

#include "base/clock.h"
#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/words.h"
#include "resp/encode.h"

namespace holdfast::proxy {
namespace {

constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";
constexpr long kPasswordBitsMax = 4096;

// Appends the pieces of a reply in the protocol of the session.
class Reply {
 public:
  explicit Reply(int protocol) : protocol_(protocol) {}

  void array(size_t size) { head('*', size); }
  void set(size_t size) { head(protocol_ == 3 ? '~' : '*', size); }
  void map(size_t size) { protocol_ == 3 ? head('%', size) : head('*', 2 * size); }
  void bulk(std::string_view text) { resp::append_bulk(text_, text); }
  void number(uint64_t value) { text_ += ":" + std::to_string(value) + "\r\n"; }
  void real(double value) {
    char digits[32];
    const int size = std::snprintf(digits, sizeof(digits), "%.17g", value);
    const std::string_view text(digits, static_cast<size_t>(size));
    if (protocol_ == 3)
      text_.append(",").append(text).append("\r\n");
    else
      bulk(text);
  }
  void status(std::string_view text) { text_.append("+").append(text).append("\r\n"); }
  void null() { text_ += protocol_ == 3 ? "_\r\n" : "$-1\r\n"; }

  std::string take() { return std::move(text_); }

 private:
  void head(char type, size_t size) { text_ += type + std::to_string(size) + "\r\n"; }

  const int protocol_;
  std::string text_;
};

std::string help(int protocol) {
  constexpr std::string_view kLines[] = {
      "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CAT [<category>]",
      "    List all commands that belong to <category>, or all command categories",
      "    when no category is specified.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Returns whether the user can execute the given command without executing the command.",
      "GETUSER <username>",
      "    Get the user's details.",
      "GENPASS [<bits>]",
      "    Generate a secure 256-bit user password. The optional `bits` argument can",
      "    be used to specify a different size.",
      "LIST",
      "    Show users details in config file format.",
      "LOG [<count> | RESET]",
      "    Show the ACL log entries.",
      "USERS",
      "    List all the registered usernames.",
      "WHOAMI",
      "    Return the current connection username.",
      "HELP",
      "    Print this help.",
  };
  Reply reply(protocol);
  reply.array(std::size(kLines));
  for (std::string_view line : kLines) reply.status(line);
  return reply.take();
}

std::string categories(int protocol, std::span<const std::string_view> arguments) {
  Reply reply(protocol);
  if (arguments.size() == 2) {
    reply.array(policy::category_names().size());
    for (std::string_view name : policy::category_names()) reply.bulk(name);
    return reply.take();
  }
  std::string name(arguments[2].substr(0, 128));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const uint32_t category = name.starts_with('@') ? 0 : policy::category_bit(name);
  if (category == 0)
    return plain_error_reply("ERR Unknown category '" + policy::printable(arguments[2], 128) + "'");
  std::vector<std::string_view> names;
  for (const policy::CommandInfo& info : policy::commands().subspan(1))
    if ((info.categories & category) != 0) names.push_back(info.name);
  reply.array(names.size());
  for (std::string_view command : names) reply.bulk(command);
  return reply.take();
}

std::string random_password(std::span<const std::string_view> arguments) {
  long bits = 256;
  if (arguments.size() == 3) {
    const std::string_view text = arguments[2];
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (problem != std::errc() || end != text.data() + text.size()) return plain_error_reply(kNotAnInteger);
  }
  if (bits <= 0 || bits > kPasswordBitsMax)
    return plain_error_reply(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up "
        "to 4096");
  const auto digits = static_cast<size_t>((bits + 3) / 4);
  unsigned char bytes[kPasswordBitsMax / 8];
  std::string password;
  // At most 256 bytes are given at once, and then all of them (getrandom(2)).
  for (size_t at = 0; at < (digits + 1) / 2; at += 256) {
    const size_t wanted = std::min<size_t>(256, (digits + 1) / 2 - at);
    if (getrandom(bytes + at, wanted, 0) != static_cast<ssize_t>(wanted))
      return error_reply("ERR", "the system gives no random bytes");
  }
  for (size_t i = 0; i < digits; ++i)
    password += "0123456789abcdef"[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15];
  Reply reply(2);
  reply.bulk(password);
  return reply.take();
}

std::string user_list(const policy::Users& users, int protocol, bool only_names) {
  Reply reply(protocol);
  reply.array(users.all().size());
  for (const auto& user : users.all())
    reply.bulk(only_names ? user->name() : "user " + user->name() + " " + user->acl.describe());
  return reply.take();
}

void describe_selector(Reply& reply, const policy::AclSelector& selector) {
  reply.bulk("commands");
  reply.bulk(selector.describe_commands());
  reply.bulk("keys");
  reply.bulk(selector.describe_keys());
  reply.bulk("channels");
  reply.bulk(selector.describe_channels());
}

std::string user_details(const policy::User* user, int protocol) {
  Reply reply(protocol);
  if (user == nullptr) {
    reply.null();
    return reply.take();
  }
  const policy::AclUser& acl = user->acl;
  reply.map(6);
  reply.bulk("flags");
  reply.set(acl.needs_no_password() ? 3 : 2);
  reply.bulk(acl.is_on() ? "on" : "off");
  if (acl.needs_no_password()) reply.bulk("nopass");
  reply.bulk(acl.sanitizes_payload() ? "sanitize-payload" : "skip-sanitize-payload");
  reply.bulk("passwords");
  reply.array(acl.passwords().size());
  for (const Sha256& password : acl.passwords()) reply.bulk(to_hex(password));
  describe_selector(reply, acl.root());
  reply.bulk("selectors");
  reply.array(acl.selectors().size());
  for (const policy::AclSelector& selector : acl.selectors()) {
    reply.map(3);
    describe_selector(reply, selector);
  }
  return reply.take();
}

}  // namespace

// The environment's guards are part of what a user may do here.
std::string Session::dry_run(Arguments arguments) const {
  const policy::User* user = environment_.policy().users().find(arguments[2]);
  if (user == nullptr)
    return plain_error_reply("ERR User '" + policy::printable(arguments[2], 128) + "' not found");
  const Arguments line = arguments.subspan(3);
  const policy::CommandId id = policy::find_command(line[0], line.size() > 1 ? line[1] : std::string_view());
  const policy::CommandInfo& command = policy::command(id);
  if (id == policy::kUnknownCommand || (command.needs_subcommand() && line.size() > 1))
    return plain_error_reply("ERR Command '" + policy::printable(line[0], 128) + "' not found");
  const int size = static_cast<int>(line.size());
  if (command.arity > 0 ? size != command.arity : size < -command.arity)
    return plain_error_reply("ERR wrong number of arguments for '" + std::string(command.name) + "' command");
  policy::KeyUses uses;
  const policy::AclVerdict verdict = policy::decide(*user, id, line, uses);
  if (!verdict.allowed()) {
    Reply reply(protocol_);
    reply.bulk(policy::dry_run_text(id, line, verdict));
    return reply.take();
  }
  const policy::Verdict& guards = environment_.policy().decide(id);
  if (guards.decision == policy::Decision::kAllow) return std::string(kOk);
  Reply reply(protocol_);
  reply.bulk("'" + policy::display_name(command) + "' is blocked in environment '" +
             environment_.config().name + "' (rule '" + std::string(guards.rule) + "')");
  return reply.take();
}

std::string Session::acl_log(Arguments arguments) {
  AclLog& log = environment_.clients().acl_log;
  long count = 10;
  if (arguments.size() == 3) {
    const std::string_view text = arguments[2];
    if (equals(text, "RESET")) {
      log.reset();
      return std::string(kOk);
    }
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc() || end != text.data() + text.size()) return plain_error_reply(kNotAnInteger);
  }
  const auto entries = log.latest(static_cast<size_t>(std::max<long>(count, 0)));
  Reply reply(protocol_);
  reply.array(entries.size());
  for (const AclLog::Entry& entry : entries) {
    reply.map(7);
    reply.bulk("count");
    reply.number(entry.count);
    const auto pair = [&](std::string_view key, std::string_view value) {
      reply.bulk(key);
      reply.bulk(value);
    };
    pair("reason", entry.reason);
    pair("context", entry.context);
    pair("object", entry.object);
    pair("username", entry.user);
    reply.bulk("age-seconds");
    reply.real(static_cast<double>(std::max<int64_t>(unix_ms() - entry.unix_ms, 0)) / 1000);
    pair("client-info", entry.client);
  }
  return reply.take();
}

Session::Step Session::take_acl_command(policy::CommandId id, Arguments arguments) {
  const std::string_view command = policy::command(id).name;
  const policy::Users& users = environment_.policy().users();
  const bool too_many =
      arguments.size() > 3 && command != "acl|dryrun" && command != "acl|setuser" && command != "acl|deluser";
  if (too_many)
    return answer(id, plain_error_reply("ERR unknown subcommand or wrong number of arguments for '" +
                                        policy::printable(arguments[1], 128) + "'. Try ACL HELP."));
  if (command == "acl|whoami") {
    Reply reply(protocol_);
    reply.bulk(user_name());
    return answer(id, reply.take());
  }
  if (command == "acl|cat") return answer(id, categories(protocol_, arguments));
  if (command == "acl|genpass") return answer(id, random_password(arguments));
  if (command == "acl|users" || command == "acl|list")
    return answer(id, user_list(users, protocol_, command == "acl|users"));
  if (command == "acl|getuser") return answer(id, user_details(users.find(arguments[2]), protocol_));
  if (command == "acl|dryrun") return answer(id, dry_run(arguments));
  if (command == "acl|log") return answer(id, acl_log(arguments));
  if (command == "acl|help") return answer(id, help(protocol_));
  transaction_.poison();
  return answer(id,
                error_reply("ERR", "the users of environment '" + environment_.config().name +
                                       "' are those of its configuration, [environment." +
                                       environment_.config().name + ".user.<name>]; change them there"),
                metrics::RequestVerdict::kUnsupported);
}

}  // namespace holdfast::proxy
