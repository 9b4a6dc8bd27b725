// One rule of posture: a name, how grave it is, and a check of the Facts that says in one sentence what it
// found. Pure: no clock, no socket; any thread.
//
// The name says what should be the case ("noeviction", "aof"), since operators write it into
// `unready = [...]`. `holdfast doctor` and the posture of a running Holdfast use the same rules.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "posture/facts.h"

namespace holdfast::posture {

enum class Severity : uint8_t { kInfo, kWarning, kCritical };
enum class Group : uint8_t { kSecurity, kPersistence, kMemory, kReplication };
enum class Outcome : uint8_t { kMet, kNotMet, kNotKnown };

inline constexpr std::array kGroups = {Group::kSecurity, Group::kPersistence, Group::kMemory,
                                       Group::kReplication};

// Where "too much" begins. The defaults are what docs/posture.md says.
struct Limits {
  int64_t save_age_s = 24 * 3600;
  double memory_ratio = 0.9;
  double fragmentation = 1.5;
  int64_t fragmentation_bytes = 100 << 20;  // below it the ratio says nothing
  int64_t replica_lag_s = 10;
  int64_t backlog_s = 60;  // of writes at the rate that was seen
  // Series that get no more fixes, as "7.0" or a whole major version as "5".
  std::span<const std::string_view> ended_series = kEndedSeries;

  static const std::span<const std::string_view> kEndedSeries;
};

struct Check {
  Outcome outcome = Outcome::kNotKnown;
  std::string reason;  // one sentence, without a full stop
};

struct Rule {
  std::string_view name;
  Group group;
  Severity severity;
  Check (*check)(const Facts& facts, const Limits& limits);
  std::string_view what_to_do;
};

struct Finding {
  const Rule* rule;
  Check check;

  bool is_problem() const { return check.outcome == Outcome::kNotMet; }
};

// All there are, by group. Live as long as the program.
std::span<const Rule> rules();
const Rule* find_rule(std::string_view name);
std::vector<Finding> judge(const Facts& facts, const Limits& limits = {});

std::string_view to_string(Severity severity);  // "info", "warning", "critical"
std::string_view to_string(Group group);        // "security", ...
std::string_view to_string(Outcome outcome);    // "met", "not met", "not known"

// For checks.
Check met(std::string reason);
Check not_met(std::string reason);
Check not_known(std::string_view what);

}  // namespace holdfast::posture
