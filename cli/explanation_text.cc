#include "cli/explanation_text.h"

#include <algorithm>

#include "cli/command_words.h"

namespace holdfast::cli {
namespace {

// In columns: "verdict     refused".
constexpr size_t kNameWidth = 12;
constexpr size_t kStageWidth = 11;

std::string padded(std::string_view name, size_t width) {
  std::string text(name);
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string keys_text(const Explanation& explanation) {
  std::string text;
  for (const ExplainedKey& key : explanation.keys)
    text += (text.empty() ? "" : ", ") + join_command({key.name}) + " (" + key.access + ")";
  if (!explanation.keys_known) text += text.empty() ? "cannot be known" : ", and perhaps others";
  return text.empty() ? "none" : text;
}

std::string rule_text(const Explanation& explanation) {
  if (explanation.rule.empty()) return "none has anything against it";
  return "'" + explanation.rule + "' (" + explanation.where + ")";
}

}  // namespace

std::vector<std::string> explanation_lines(const Explanation& explanation) {
  std::vector<std::string> lines;
  const auto line = [&](std::string_view name, const std::string& value) {
    lines.push_back(padded(name, kNameWidth) + value);
  };
  lines.push_back(join_command(explanation.arguments) + " in environment '" + explanation.environment + "' " +
                  who_asks(explanation));
  lines.emplace_back();
  const bool observed = explanation.decision == policy::Decision::kObserve;
  line("verdict",
       std::string(verdict_word(explanation.decision)) +
           (observed ? ": let through and reported; with mode = \"enforce\" it would be refused" : ""));
  line("rule", rule_text(explanation));
  if (explanation.decision == policy::Decision::kRefuse) line("reply", explanation.reply);
  line("keys", keys_text(explanation));
  if (explanation.decision != policy::Decision::kRefuse)
    line("durability", explanation.durability + ": " + explanation.waits);
  lines.emplace_back();
  lines.emplace_back("how it was decided");
  for (const ExplainedStep& step : explanation.steps)
    lines.push_back("  " + padded(step.stage, kStageWidth) + step.outcome);
  for (const std::string& note : explanation.notes) lines.push_back("note: " + note);
  return lines;
}

}  // namespace holdfast::cli
