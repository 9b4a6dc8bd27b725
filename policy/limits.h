// The limits of an environment: which of them hold for a command, and whether its size keeps to them. Rates
// are kept by who has the buckets (proxy/limit_buckets.h). Compiled once (and again on a reload), then
// immutable: any thread. A decision allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/problems.h"
#include "policy/command_table.h"

namespace holdfast::policy {

class Limits {
 public:
  // A command or category that nobody knows is a problem at its place.
  static Limits compile(const config::Environment& environment, config::ProblemList& problems);

  bool empty() const { return limits_.empty(); }
  size_t count() const { return limits_.size(); }
  // `mode` is filled in.
  const config::Limit& limit(size_t index) const { return limits_[index]; }
  // The limits that hold for a command, by index, in the order of the file.
  std::span<const uint16_t> of(CommandId id) const {
    return by_command_.empty() ? std::span<const uint16_t>() : by_command_[id];
  }

  enum class Excess : uint8_t { kNone, kValue, kArguments };
  static Excess excess(const config::Limit& limit, std::span<const std::string_view> arguments);

  // "-NOPERM holdfast: 'MSET' with more than 100 arguments is blocked in environment 'prod' (rule
  // 'bulk')\r\n"
  std::string size_refusal(CommandId id, const config::Limit& limit, Excess excess) const;
  // "-TRYAGAIN holdfast: 'GET' is over the limit of 100/s for its user in environment 'prod' (rule 'reads');
  // try again in 12 ms\r\n"
  std::string rate_refusal(CommandId id, const config::Limit& limit, uint64_t wait_ns) const;

 private:
  std::string environment_;
  std::vector<config::Limit> limits_;
  std::vector<std::vector<uint16_t>> by_command_;  // by CommandId; empty without limits
};

}  // namespace holdfast::policy
