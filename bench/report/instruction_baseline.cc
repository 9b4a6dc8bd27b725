#include "bench/report/instruction_baseline.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "bench/report/spread.h"

namespace holdfast::bench {
namespace {

constexpr double kGrowthAllowed = 0.05;
constexpr std::string_view kHead =
    "# User instructions of Holdfast per 64-byte SET, 50 clients, durability none, counted by callgrind.\n"
    "# Written by ./dev bench --accept; CHANGELOG.md has to name the figures, so they do not grow in "
    "silence.\n";

}  // namespace

Instructions parse_baseline(std::string_view text) {
  Instructions figures;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.find(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    figures[line.substr(0, space)] = std::atof(line.c_str() + space);
  }
  return figures;
}

std::string format_baseline(const Instructions& figures) {
  std::string text(kHead);
  for (const auto& [name, value] : figures) text += name + ' ' + number(value, 0) + '\n';
  return text;
}

Result<Instructions> read_baseline(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error::from_errno("cannot read " + path, errno);
  return parse_baseline(std::string(std::istreambuf_iterator<char>(file), {}));
}

Status write_baseline(const std::string& path, const Instructions& figures) {
  std::ofstream file(path, std::ios::trunc);
  file << format_baseline(figures);
  if (!file.flush()) return Error::from_errno("cannot write " + path, errno);
  return {};
}

std::string changelog_words(const Instructions& figures) {
  std::string words;
  for (const auto& [name, value] : figures)
    words += (words.empty() ? "" : ", ") + name + ' ' + number(value, 0);
  return words;
}

Status check_growth(const Instructions& measured, const Instructions& baseline, std::string_view changelog) {
  for (const auto& [name, value] : measured) {
    const auto found = baseline.find(name);
    if (found == baseline.end())
      return Error(ErrorCode::kRefused,
                   "the baseline has no figure for " + name + "; write it with --accept");
    if (value <= found->second * (1 + kGrowthAllowed)) continue;
    return Error(ErrorCode::kRefused,
                 name + ": " + number(value, 0) + " instructions per request instead of " +
                     number(found->second, 0) +
                     ", more than 5%; find out why (docs/performance.md says how), or run `./dev bench "
                     "--accept` and say why in CHANGELOG.md");
  }
  if (changelog.find(changelog_words(baseline)) != std::string_view::npos) return {};
  return Error(ErrorCode::kRefused,
               "CHANGELOG.md does not name the figures of bench/instructions.baseline; say "
               "there why they have changed, with the words \"" +
                   changelog_words(baseline) + "\" on one line");
}

}  // namespace holdfast::bench
