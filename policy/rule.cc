#include "policy/rule.h"

#include <utility>

#include "base/closest.h"
#include "policy/builtin_block_list.h"
#include "policy/refusal.h"

namespace holdfast::policy {
namespace {

// Lower case, and "config set" as "config|set".
std::string normalized(std::string_view written) {
  std::string word;
  bool separated = false;
  for (char c : written) {
    if (c == ' ' || c == '\t') {
      separated = !word.empty();
      continue;
    }
    if (std::exchange(separated, false)) word += '|';
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return word;
}

// What to do about a word that names nothing.
std::string advice(std::string_view word, const std::vector<std::string_view>& known,
                   std::string_view otherwise) {
  if (auto meant = closest(word, known)) return "did you mean '" + std::string(*meant) + "'?";
  return std::string(otherwise);
}

std::string advice_on_category(std::string_view word) {
  std::vector<std::string> names = {"@builtin", "@all"};
  for (std::string_view name : category_names()) names.push_back("@" + std::string(name));
  return advice(word, {names.begin(), names.end()}, "the categories are @builtin, @all and those of ACL CAT");
}

std::string advice_on_command(std::string_view word) {
  std::string_view first_word = word.substr(0, word.find('|'));
  CommandId first = find_command(first_word);
  if (first_word != word && first != kUnknownCommand && !command(first).has(kContainer)) {
    return "'" + std::string(first_word) + "' can only be named as a whole";
  }
  constexpr std::string_view kNoModules = "commands of modules cannot be named in this version";
  // "ft.search" is a module's command by its dot, not a slip for "geosearch".
  if (word.find('.') != std::string_view::npos) return std::string(kNoModules);
  std::vector<std::string_view> names;
  for (const CommandInfo& known : commands().subspan(1)) names.push_back(known.name);
  return advice(word, names, kNoModules);
}

}  // namespace

Rule::Rule(std::string text, std::string location)
    : text_(std::move(text)), location_(std::move(location)), matches_(commands().size()) {}

std::optional<Rule> Rule::parse(const config::Located<std::string>& written, std::string_view place,
                                config::ProblemList& problems) {
  Rule rule(written.value, written.where.to_string());
  std::string word = normalized(written.value);
  auto wrong = [&](const std::string& what, const std::string& what_to_do) {
    problems.add(written.where, what + " in " + std::string(place) + "; " + what_to_do);
    return std::nullopt;
  };
  if (word.empty()) return wrong("an empty entry", "remove it, or name a command");
  if (word == "@builtin") {
    rule.match_builtin();
  } else if (word == "@all") {
    rule.match_category(~uint32_t{0});
  } else if (word.starts_with('@')) {
    uint32_t category = category_bit(word);
    if (category == 0) return wrong("unknown category '" + printable(word) + "'", advice_on_category(word));
    rule.match_category(category);
  } else {
    CommandId id = find_command(word);
    if (id == kUnknownCommand) {
      return wrong("unknown command '" + printable(word) + "'", advice_on_command(word));
    }
    rule.match_command(id);
  }
  return rule;
}

// The entry of a container that needs a sub-command stands for the sub-commands that the table lacks. No
// category can be known of those, so only a rule with the container's name reaches it.
void Rule::match_category(uint32_t category) {
  for (CommandId id = 1; id < commands().size(); ++id) {
    const CommandInfo& info = command(id);
    if ((info.categories & category) != 0 && !info.needs_subcommand()) matches_[id] = true;
  }
}

void Rule::match_builtin() {
  for (const BuiltinBlock& entry : builtin_block_list()) match_command(find_command(entry.command));
}

void Rule::match_command(CommandId named) {
  std::string prefix = std::string(command(named).name) + "|";
  for (CommandId id = 1; id < commands().size(); ++id) {
    if (id == named || command(id).name.starts_with(prefix)) matches_[id] = true;
  }
}

}  // namespace holdfast::policy
