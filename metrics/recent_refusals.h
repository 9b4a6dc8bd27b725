// The last requests that a policy refused or observed, for the dashboard: who, what, and by which rule.
//
// Written by workers, when they refuse, and read by the admin thread; a short lock, never taken for a request
// that is let through. Bounded: kKept entries, and at most kPerSecond new ones a second; the rest is counted.
// No argument of a command is kept, so no value and no password.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace holdfast::metrics {

struct Refusal {
  uint64_t number = 0;  // counts up from 1; given by add()
  int64_t unix_ms = 0;
  std::string environment, user, client, command, rule, reason;
  bool observed = false;  // audit mode: it was let through
};

class RecentRefusals {
 public:
  static constexpr size_t kKept = 100;
  static constexpr uint32_t kPerSecond = 50;

  void add(Refusal refusal);
  // False: this second has had enough, and one more was counted as passed over. Cheaper than to make one
  // that add() would drop.
  bool has_room(int64_t unix_ms);
  // The newest last; those with a number above `after`.
  std::vector<Refusal> after(uint64_t number) const;
  // That were not kept, since too many came at once.
  uint64_t passed_over() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Refusal> refusals_;
  uint64_t last_number_ = 0;
  uint64_t passed_over_ = 0;
  int64_t second_ = 0;
  uint32_t in_second_ = 0;
};

}  // namespace holdfast::metrics
