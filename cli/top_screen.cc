#include "cli/top_screen.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/readable.h"
#include "policy/refusal.h"

namespace holdfast::cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kListMin = 3;  // entries of each list, however low the screen
constexpr size_t kListMax = 10;
constexpr size_t kKeyShown = 40;

std::string text_of(const Json& object, const char* name) {
  return policy::printable(object.value(name, std::string()));
}

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), seconds < 0.1 ? "%.3f" : "%.1f", seconds * 1e3);
  return text;
}

std::string per_second(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), value < 10 && value > 0 ? "%.1f" : "%.0f", value);
  return text;
}

std::string clock_of(int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[16];
  return {text, std::strftime(text, sizeof(text), "%H:%M:%S", &parts)};
}

// A table's text as lines, behind the others.
void append_table(std::vector<std::string>& lines, const TextTable& table) {
  const std::string text = table.to_string();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
}

double quantile(const Json& environment, const char* histogram, const char* name) {
  return environment.at("now").at(histogram).value(name, 0.0);
}

void add_head(std::vector<std::string>& lines, const Json& status, const std::string& where) {
  const int64_t now_ms = status.at("unix_ms").get<int64_t>();
  lines.push_back("holdfast " + text_of(status, "version") + "  " + where + "  up " +
                  readable_ms(now_ms - status.at("started_unix_ms").get<int64_t>()) + "  " +
                  (status.at("ready").get<bool>() ? "ready" : "NOT READY") + "  " + clock_of(now_ms));
  for (const Json& problem : status.at("problems"))
    lines.push_back("! " + policy::printable(problem.get<std::string>()));
}

// Of the last second.
void add_environments(std::vector<std::string>& lines, const Json& environments) {
  if (environments.empty()) return;
  TextTable table({"environment", "requests/s", "refused/s", "clients", "p50 ms", "p99 ms", "p99.9 ms",
                   "in holdfast p99", "in redis p99", "to durable p99"});
  for (const Json& one : environments) {
    const Json& now = one.at("now");
    table.add({text_of(one, "name"), per_second(now.at("requests_per_second").get<double>()),
               per_second(now.at("refused_per_second").get<double>()),
               std::to_string(one.at("clients").get<uint64_t>()),
               milliseconds(quantile(one, "latency", "p50_seconds")),
               milliseconds(quantile(one, "latency", "p99_seconds")),
               milliseconds(quantile(one, "latency", "p999_seconds")),
               milliseconds(quantile(one, "in_holdfast", "p99_seconds")),
               milliseconds(quantile(one, "in_redis", "p99_seconds")),
               milliseconds(quantile(one, "durable_wait", "p99_seconds"))});
  }
  lines.emplace_back();
  append_table(lines, table);
}

void add_upstreams(std::vector<std::string>& lines, const Json& upstreams) {
  TextTable table({"upstream", "state", "links", "journal", "lag", "lag s", "fsync p99 ms", "on disk"});
  for (const Json& one : upstreams) {
    std::vector<std::string> row = {text_of(one, "name"), one.at("up").get<bool>() ? "up" : "DOWN",
                                    std::to_string(one.at("links").get<uint64_t>()) + "/" +
                                        std::to_string(one.at("links_wanted").get<uint64_t>())};
    const Json& journal = one.at("journal");
    if (journal.is_null()) {
      row.insert(row.end(), {"none", "-", "-", "-", "-"});
    } else {
      row.insert(row.end(), {journal.at("accepting").get<bool>() ? "accepting" : "NOT ACCEPTING",
                             readable_bytes(journal.at("lag_bytes").get<uint64_t>()),
                             per_second(journal.value("lag_seconds", 0.0)),
                             milliseconds(journal.at("fdatasync").value("p99_seconds", 0.0)),
                             readable_bytes(journal.at("disk_bytes").get<uint64_t>())});
    }
    table.add(std::move(row));
  }
  lines.emplace_back();
  append_table(lines, table);
}

std::string refusal_line(const Json& one) {
  return clock_of(one.at("unix_ms").get<int64_t>()) + "  " + text_of(one, "environment") + "  " +
         text_of(one, "command") + "  " + (one.value("observed", false) ? "observed" : "refused") +
         " by rule '" + text_of(one, "rule") + "'  " + text_of(one, "user") + " " + text_of(one, "client");
}

std::string slow_line(const Json& one) {
  const auto part = [&](const char* name) { return milliseconds(one.value(name, 0.0)); };
  return part("seconds") + " ms  " + text_of(one, "command") + " " +
         text_of(one, "key").substr(0, kKeyShown) + "  (queued " + part("queued_seconds") + ", redis " +
         part("redis_seconds") + ", durable " + part("durable_seconds") + ")  " +
         text_of(one, "environment") + "  " + clock_of(one.at("unix_ms").get<int64_t>());
}

std::string key_line(const Json& one) {
  return std::to_string(one.at("samples").get<uint64_t>()) + "  " + text_of(one, "key").substr(0, kKeyShown);
}

template <typename Line>
std::vector<std::string> list_of(const Json& entries, bool newest_last, Line line) {
  std::vector<std::string> list;
  for (const Json& one : entries) list.push_back("  " + line(one));
  if (newest_last) std::reverse(list.begin(), list.end());
  return list;
}

}  // namespace

Result<std::vector<std::string>> top_lines(std::string_view status_json, const std::string& where,
                                           size_t width, size_t height) {
  const Json status = Json::parse(status_json, nullptr, false);
  try {
    std::vector<std::string> lines;
    add_head(lines, status, where);
    add_environments(lines, status.at("environments"));
    add_upstreams(lines, status.at("upstreams"));
    const std::pair<const char*, std::vector<std::string>> lists[] = {
        {"refusals, the newest first", list_of(status.at("refusals"), true, refusal_line)},
        {"slowest requests of those kept", list_of(status.at("slow"), false, slow_line)},
        {"hottest keys, of a sample", list_of(status.at("hot_keys"), false, key_line)}};
    const size_t left = height > lines.size() ? height - lines.size() : 0;
    const size_t each = std::clamp(left / std::size(lists), kListMin + 2, kListMax + 2) - 2;
    for (const auto& [title, entries] : lists) {
      lines.emplace_back();
      lines.emplace_back(title);
      if (entries.empty()) lines.emplace_back("  none");
      for (size_t i = 0; i < std::min(each, entries.size()); ++i) lines.push_back(entries[i]);
    }
    for (std::string& line : lines) {
      line = policy::printable(line);
      if (line.size() > width) line.resize(width);
    }
    return lines;
  } catch (const Json::exception&) {
    return Error(
        ErrorCode::kProtocol,
        "what answers at " + where + " is not a Holdfast of this version: its /status has another form");
  }
}

}  // namespace holdfast::cli
