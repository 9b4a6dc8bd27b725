#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command_words.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/explanation.h"
#include "cli/explanation_text.h"

namespace holdfast::cli {
namespace {

void print(const Explanation& explanation) {
  for (const std::string& line : explanation_lines(explanation)) std::printf("%s\n", line.c_str());
}

void print_json(const Explanation& explanation) {
  nlohmann::ordered_json json;
  json["verdict"] = verdict_word(explanation.decision);
  json["environment"] = explanation.environment;
  json["user"] = explanation.user;
  json["command"] = explanation.arguments;
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  json["rule"] = or_null(explanation.rule);
  json["where"] = or_null(explanation.where);
  json["reply"] = or_null(explanation.decision == policy::Decision::kRefuse ? explanation.reply : "");
  json["keys"] = nlohmann::ordered_json::array();
  for (const ExplainedKey& key : explanation.keys)
    json["keys"].push_back({{"key", key.name}, {"access", key.access}});
  json["keys_known"] = explanation.keys_known;
  json["durability"] = explanation.durability;
  json["steps"] = nlohmann::ordered_json::array();
  for (const ExplainedStep& step : explanation.steps)
    json["steps"].push_back({{"stage", step.stage}, {"outcome", step.outcome}});
  json["notes"] = explanation.notes;
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int explain(const ExplainOptions& options) {
  const config::LoadResult loaded = load_and_check(options.config_file);
  if (!loaded.config) {
    draw_errors(loaded.problems);
    return kBadInput;
  }
  Question question{options.environment, options.user, options.command};
  // 'SET key value' in one word, as it is pasted from a log.
  if (question.arguments.size() == 1 && question.arguments[0].find(' ') != std::string::npos) {
    auto words = split_command(question.arguments[0]);
    if (!words.ok()) {
      std::fprintf(stderr, "holdfast explain: %s\n", words.error().message().c_str());
      return kBadInput;
    }
    question.arguments = std::move(words).value();
  }
  const auto explanation = explain(*loaded.config, question);
  if (!explanation.ok()) {
    std::fprintf(stderr, "holdfast explain: %s\n", explanation.error().message().c_str());
    return kBadInput;
  }
  if (options.json)
    print_json(explanation.value());
  else
    print(explanation.value());
  return explanation.value().decision == policy::Decision::kRefuse ? kRefused : kDone;
}

}  // namespace holdfast::cli
