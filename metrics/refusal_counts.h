// Refused requests by rule and reason, of one environment in one worker.
//
// Written by the worker when it refuses, read by the admin thread; a short lock, never taken for a request
// that is let through. Bounded: rules are those of the configuration, and of more than kRowsMax rows (reloads
// may bring ever new rules) the rest is counted under kOtherRule.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::metrics {

// Why; the label `reason` of holdfast_refusals_total.
enum class RefusalReason : uint8_t {
  kCommand,         // the environment blocks it
  kUnknownCommand,  // nobody knows it
  kLogin,           // a login comes first, or was wrong
  kAcl,             // the ACL of its user
  kScript,          // scripts: not a known one, or without its user's rights
  kKeyspace,        // the rules for its keys
  kLimit,           // how often or how large
  kUnboundedRead,
  kKeyPrefix,  // it would reach beyond the prefix
  kTooLarge,   // to be looked at
  kBlocking,   // max_blocking
  kPosture,    // of [upstream.X.posture] require
  kJournal,    // it could not be made durable
  kUpstream,   // there is no connection to Redis for it
  kEvictable,  // Redis might evict what must not be lost
};
inline constexpr size_t kRefusalReasons = 15;
// "command", "unknown-command", ...
std::string_view to_string(RefusalReason reason);
// No rule is against it, but it cannot be done now.
constexpr bool is_unavailable(RefusalReason reason) {
  return reason >= RefusalReason::kJournal;
}

struct RefusalCount {
  std::string rule;
  RefusalReason reason = RefusalReason::kCommand;
  bool observed = false;  // audit mode: it was let through
  uint64_t count = 0;
};

class RefusalCounts {
 public:
  static constexpr size_t kRowsMax = 200;
  static constexpr std::string_view kOtherRule = "other";

  // `rule`: its name in the configuration, or the reason's where none has one.
  void add(std::string_view rule, RefusalReason reason, bool observed = false);
  std::vector<RefusalCount> all() const;

 private:
  RefusalCount& row(std::string_view rule, RefusalReason reason, bool observed);

  mutable std::mutex mutex_;
  std::vector<RefusalCount> rows_;
};

// Those of several workers as one, each rule and reason once.
std::vector<RefusalCount> merged(const std::vector<std::vector<RefusalCount>>& workers);

}  // namespace holdfast::metrics
