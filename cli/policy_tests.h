// A table of expected verdicts, so that a policy is tested like code: `holdfast check --test FILE`.
//
//   [[test]]
//   command = "FLUSHALL"      # as in redis-cli, or a list of words
//   expect  = "refuse"        # allow, refuse, observe
//   env     = "prod"          # optional, as are user, rule, durability, keys and name
//
// Main thread.
#pragma once

#include <cstddef>
#include <string>

#include "config/config.h"
#include "config/problems.h"

namespace holdfast::cli {

struct PolicyTestReport {
  size_t passed = 0, failed = 0;
  config::ProblemList failures;  // at their places in the table
  bool is_readable = true;       // false: `failures` says what is wrong with the table itself
};

// `text` is the table, `name` its file.
PolicyTestReport run_policy_tests(const config::Config& config, const std::string& text,
                                  const std::string& name);

}  // namespace holdfast::cli
