// What the audit log says: one event, one line of JSON. Pure; any thread.
//
//   {"time":"2026-03-01T12:00:00.123Z","event":"refused","environment":"prod","user":"app",
//    "client":"10.0.0.7:51234","command":"FLUSHALL","keys":[],"rule":"@builtin","where":"holdfast.toml:12",
//    "verdict":"refused","count":1}
//
// Keys, never values, and never a password: who makes an event gives nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::audit {

enum class Kind : uint8_t {
  kRefused,   // by a rule; it did not reach Redis
  kObserved,  // mode = "audit": a rule would have refused it
  kAdmin,     // an administrative command that was let through
  kAuth,      // a login, that succeeded or failed
  kHoldfast,  // of the process itself: start, stop, reload
};

// How it is given by whoever saw it: views that need not outlive the call.
struct Sighting {
  Kind kind = Kind::kRefused;
  std::string_view environment, user, client, command;
  std::span<const std::string_view> keys;
  std::string_view rule, where;  // empty: none
  std::string_view verdict;      // "refused", "observed", "allowed", "failed"
  std::string_view detail;       // kHoldfast: one sentence
};

// How it is kept until it is written.
struct Event {
  explicit Event(const Sighting& sighting, int64_t now_ms);

  Kind kind;
  std::string environment, user, client, command;
  std::vector<std::string> keys;  // at most kMostKeys, each at most kLongestKey bytes
  size_t keys_total;
  std::string rule, where, verdict, detail;
  int64_t time_ms;       // of the last one of `count`
  int64_t since_ms = 0;  // of the first one; 0: there is one
  uint64_t count = 1;
};

inline constexpr size_t kMostKeys = 16;
inline constexpr size_t kLongestKey = 256;

// With its newline. Bytes that are not UTF-8 are written as \xNN.
std::string to_line(const Event& event);

// "2026-03-01T12:00:00.123Z"
std::string rfc3339(int64_t unix_ms);

}  // namespace holdfast::audit
