// What Holdfast says about itself to its clients: INFO holdfast, HOLDFAST STATUS, HOLDFAST EXPLAIN.
//
// Owned by who makes the workers; outlives them. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "policy/policy.h"

namespace holdfast::proxy {

class SelfReport {
 public:
  virtual ~SelfReport() = default;
  // The section of INFO, from "# Holdfast" on, as a client of this environment may see it.
  virtual std::string info(const config::Environment& environment) const = 0;
  // Lines for a person.
  virtual std::vector<std::string> status(const config::Environment& environment) const = 0;
  // What would become of this command line of this user (empty: nobody is asked who he is); lines.
  virtual std::vector<std::string> explain(const config::Environment& environment,
                                           const policy::Policy& policy, std::string_view user,
                                           std::span<const std::string_view> command) const = 0;
};

}  // namespace holdfast::proxy
