// What a reload brings: a whole new configuration with its compiled policies. Immutable; shared by all
// workers, each of which takes it over between two requests, on its own thread.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "policy/policy.h"

namespace holdfast::proxy {

// Of the same environments, in the same order, as the configuration that is served.
struct PolicySnapshot {
  std::shared_ptr<const config::Config> config;
  std::vector<std::shared_ptr<const policy::Policy>> policies;  // by environment
  std::vector<bool> changed;                                    // by environment: what may be done there

  std::shared_ptr<const config::Environment> environment(size_t index) const {
    return {config, &config->environments[index]};
  }
};

}  // namespace holdfast::proxy
