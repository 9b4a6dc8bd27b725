#include "audit/event.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace holdfast::audit {
namespace {

std::string cut(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  return std::string(text.substr(0, most)) + "...";
}

// Length of the UTF-8 sequence at `at`, 0 when there is none.
size_t sequence_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const size_t length = lead < 0x80                   ? 1
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates, and what is beyond the last code point.
  if (length == 3 && ((lead == 0xE0 && byte(at + 1) < 0xA0) || (lead == 0xED && byte(at + 1) >= 0xA0)))
    return 0;
  if (length == 4 && ((lead == 0xF0 && byte(at + 1) < 0x90) || (lead == 0xF4 && byte(at + 1) >= 0x90)))
    return 0;
  return length;
}

std::string as_text(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = sequence_at(bytes, at);
    if (length == 0) {
      char escaped[5];
      std::snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned char>(bytes[at]));
      text += escaped;
      ++at;
      continue;
    }
    text += bytes.substr(at, length);
    at += length;
  }
  return text;
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::kRefused:
      return "refused";
    case Kind::kObserved:
      return "observed";
    case Kind::kAdmin:
      return "admin";
    case Kind::kAuth:
      return "auth";
    case Kind::kHoldfast:
      break;
  }
  return "holdfast";
}

}  // namespace

Event::Event(const Sighting& sighting, int64_t now_ms)
    : kind(sighting.kind),
      environment(sighting.environment),
      user(cut(sighting.user, kLongestKey)),
      client(sighting.client),
      command(cut(sighting.command, kLongestKey)),
      keys_total(sighting.keys.size()),
      rule(sighting.rule),
      where(sighting.where),
      verdict(sighting.verdict),
      detail(sighting.detail),
      time_ms(now_ms) {
  for (const std::string_view key : sighting.keys.first(std::min(keys_total, kMostKeys)))
    keys.push_back(cut(key, kLongestKey));
}

std::string rfc3339(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(unix_ms % 1000));
  return text;
}

std::string to_line(const Event& event) {
  nlohmann::ordered_json line;
  line["time"] = rfc3339(event.time_ms);
  line["event"] = name_of(event.kind);
  if (event.kind == Kind::kHoldfast) {
    line["detail"] = as_text(event.detail);
  } else {
    line["environment"] = event.environment;
    line["user"] = as_text(event.user);
    line["client"] = event.client;
    line["command"] = as_text(event.command);
    auto& keys = line["keys"] = nlohmann::ordered_json::array();
    for (const std::string& key : event.keys) keys.push_back(as_text(key));
    if (event.keys_total > event.keys.size()) line["keys_total"] = event.keys_total;
    if (!event.rule.empty()) line["rule"] = as_text(event.rule);
    if (!event.where.empty()) line["where"] = as_text(event.where);
    line["verdict"] = event.verdict;
    if (!event.detail.empty()) line["detail"] = as_text(event.detail);
    line["count"] = event.count;
    if (event.since_ms != 0) line["since"] = rfc3339(event.since_ms);
  }
  return line.dump() + "\n";
}

}  // namespace holdfast::audit
