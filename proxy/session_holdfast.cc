// HOLDFAST, and INFO with a section of Holdfast's own.
//
// HOLDFAST's answers are lines for a person, so they are arrays of simple strings, as those of HELP are in
// Redis: redis-cli shows them as they are. INFO's is what INFO's is: a bulk string, in RESP3 a verbatim one.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "policy/refusal.h"
#include "proxy/error_replies.h"
#include "proxy/self_report.h"
#include "proxy/session.h"
#include "proxy/words.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

constexpr int64_t kSlowShown = 10;
constexpr size_t kShownKeyMax = 64;

// Nothing in it may end the line, or what the terminal does with it.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return line;
}

std::string lines_reply(const std::vector<std::string>& lines) {
  std::string reply = "*" + std::to_string(lines.size()) + "\r\n";
  for (const std::string& line : lines) reply.append("+").append(one_line(line)).append("\r\n");
  return reply;
}

std::string utc(int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%03dZ", static_cast<int>(unix_ms % 1000));
  return std::string(text, size) + fraction;
}

std::string milliseconds(uint64_t ns) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.3f ms", static_cast<double>(ns) / 1e6);
  return text;
}

// "2026-11-26T18:40:01.250Z 12.000 ms SET order:1 (queued 0.100 ms, redis 0.200 ms, durable 11.700 ms) user
// default, client 127.0.0.1:40000"
std::string slow_line(const metrics::SlowRequest& slow) {
  std::string line = utc(slow.unix_ms) + "  " + milliseconds(slow.total_ns()) + "  " + slow.command;
  if (!slow.key.empty()) line += " " + policy::printable(slow.key, kShownKeyMax);
  line += "  (queued " + milliseconds(slow.queued_ns) + ", redis " + milliseconds(slow.redis_ns) +
          ", durable " + milliseconds(slow.durable_ns) + ")";
  return line + "  user " + slow.user + ", client " + slow.client;
}

const std::vector<std::string>& help_lines() {
  static const std::vector<std::string> lines = {
      "HOLDFAST <subcommand> [<arg> ...]. Subcommands are:",
      "EXPLAIN <command> [<arg> ...]",
      "    Say what would become of this command here, for this user, and by which rule.",
      "    It is not run.",
      "SLOWLOG [<count>]",
      "    Show the latest requests of this environment that took longer than",
      "    slow_log_threshold, and where their time went: the newest 10, or <count>; -1 for",
      "    all that are kept.",
      "STATUS",
      "    Show how Holdfast, its Redis and its journal are.",
      "HELP",
      "    Print this help.",
      "INFO holdfast shows the same as STATUS in figures.",
  };
  return lines;
}

}  // namespace

Session::Step Session::take_holdfast_command(policy::CommandId id, Arguments arguments) {
  const std::string_view command = policy::command(id).name;
  if (command == "holdfast|status")
    return answer(id, lines_reply(worker_.self_report().status(environment_.config())));
  if (command == "holdfast|explain")
    return answer(id, lines_reply(worker_.self_report().explain(environment_.config(), environment_.policy(),
                                                                user_ != nullptr ? user_name() : "",
                                                                arguments.subspan(2))));
  if (command == "holdfast|slowlog") return slow_log(id, arguments);
  if (command == "holdfast|help") return answer(id, lines_reply(help_lines()));
  transaction_.poison();
  return answer(id, plain_error_reply("ERR unknown subcommand '" + policy::printable(arguments[1], 128) +
                                      "'. Try HOLDFAST HELP."));
}

Session::Step Session::slow_log(policy::CommandId id, Arguments arguments) {
  int64_t count = kSlowShown;
  if (arguments.size() > 3) return answer(id, wrong_arity(policy::command(id).name));
  if (arguments.size() == 3 && !to_integer(arguments[2], count))
    return answer(id, plain_error_reply("ERR value is not an integer or out of range"));
  if (count < -1) return answer(id, plain_error_reply("ERR count should be greater than or equal to -1"));
  std::vector<metrics::SlowRequest> slow =
      worker_.lists().slow_log.newest_of(environment_.config().name, metrics::SlowLog::kKept);
  // What its own users may see is not known here: each sees what is his.
  if (environment_.passes_logins())
    std::erase_if(slow, [&](const metrics::SlowRequest& one) { return one.user != user_name(); });
  if (count >= 0 && slow.size() > static_cast<size_t>(count)) slow.resize(static_cast<size_t>(count));
  std::vector<std::string> lines;
  for (const metrics::SlowRequest& one : slow) lines.push_back(slow_line(one));
  return answer(id, lines_reply(lines));
}

// Inside MULTI it is Redis's alone, but for INFO holdfast.
Session::Step Session::take_info(policy::CommandId id, const CommandPlan& plan, Arguments arguments) {
  const Arguments sections = arguments.subspan(1);
  const auto is_ours = [](std::string_view section) { return equals(section, "holdfast"); };
  const bool only_ours = !sections.empty() && std::ranges::all_of(sections, is_ours);
  if (only_ours && transaction_.in_multi()) return queue_unusual(id, plan, arguments);
  if (only_ours) return answer_text(id, worker_.self_report().info(environment_.config()));
  const bool with_ours = sections.empty() || std::ranges::any_of(sections, [&](std::string_view section) {
                           return is_ours(section) || equals(section, "default") || equals(section, "all") ||
                                  equals(section, "everything");
                         });
  if (!with_ours || transaction_.in_multi()) return forward(id, plan);
  state_.rewrite_next_reply(true);
  adds_info_ = true;
  const Step step = forward(id, plan);
  adds_info_ = false;
  state_.rewrite_next_reply(form_ != policy::ReplyForm::kPlain);
  return step;
}

// Redis's text, from its beginning, and ours.
std::string Session::with_own_info(std::string_view reply) const {
  const size_t line_end = reply.find("\r\n");
  const bool is_text = (reply.starts_with('$') || reply.starts_with('=')) && !reply.starts_with("$-");
  if (!is_text || line_end == std::string_view::npos || reply.size() < line_end + 4)
    return std::string(reply);
  const std::string_view text = reply.substr(line_end + 2, reply.size() - line_end - 4);
  const std::string ours = worker_.self_report().info(environment_.config());
  const std::string_view gap = text.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
  std::string made(1, reply[0]);
  made.append(std::to_string(text.size() + gap.size() + ours.size())).append("\r\n");
  return made.append(text).append(gap).append(ours).append("\r\n");
}

}  // namespace holdfast::proxy
