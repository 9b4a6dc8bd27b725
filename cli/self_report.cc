#include "cli/self_report.h"

#include <utility>

#include "cli/explanation_text.h"
#include "metrics/readiness.h"
#include "metrics/self_text.h"

namespace holdfast::cli {

void SelfReport::set_problems(std::vector<std::string> problems) {
  const std::lock_guard lock(mutex_);
  problems_ = std::move(problems);
}

std::vector<std::string> SelfReport::problems() const {
  std::vector<std::string> all = metrics::readiness_problems(sources_);
  const std::lock_guard lock(mutex_);
  all.insert(all.begin(), problems_.begin(), problems_.end());
  return all;
}

std::string SelfReport::info(const config::Environment& environment) const {
  return metrics::info_section(sources_, environment, problems());
}

std::vector<std::string> SelfReport::status(const config::Environment& environment) const {
  return metrics::status_lines(sources_, environment, problems());
}

std::vector<std::string> SelfReport::explain(const config::Environment& environment,
                                             const policy::Policy& policy, std::string_view user,
                                             std::span<const std::string_view> command) const {
  Question question;
  question.user = user;
  question.arguments.assign(command.begin(), command.end());
  const auto explanation = cli::explain(environment, policy, question);
  if (!explanation.ok()) return {explanation.error().message()};
  return explanation_lines(explanation.value());
}

}  // namespace holdfast::cli
