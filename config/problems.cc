#include "config/problems.h"

#include <algorithm>

namespace holdfast::config {

void ProblemList::add(int line, std::string_view text) {
  std::string printable(text);
  for (char& c : printable)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  problems_.push_back({line, std::move(printable)});
}

std::vector<std::string> ProblemList::lines() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::vector<std::string> lines;
  for (const Problem& problem : sorted) {
    const std::string where = problem.line == 0 ? file_ : Location{file_, problem.line}.to_string();
    lines.push_back(where + ": " + problem.text);
  }
  return lines;
}

}  // namespace holdfast::config
