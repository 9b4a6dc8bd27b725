// What a running Holdfast says about itself to its clients: puts together what the numbers say
// (metrics/self_text.h), what only the main thread knows, and explanations.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "metrics/sources.h"
#include "proxy/self_report.h"

namespace holdfast::cli {

class SelfReport final : public proxy::SelfReport {
 public:
  // Before clients come: where the numbers are.
  void set_sources(metrics::Sources sources) { sources_ = std::move(sources); }
  // Why Holdfast is not ready, beside what the numbers tell. Any thread.
  void set_problems(std::vector<std::string> problems);

  std::string info(const config::Environment& environment) const override;
  std::vector<std::string> status(const config::Environment& environment) const override;
  std::vector<std::string> explain(const config::Environment& environment, const policy::Policy& policy,
                                   std::string_view user,
                                   std::span<const std::string_view> command) const override;

 private:
  std::vector<std::string> problems() const;

  metrics::Sources sources_;
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;  // guarded by mutex_
};

}  // namespace holdfast::cli
