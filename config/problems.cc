#include "config/problems.h"

#include <algorithm>
#include <tuple>

namespace holdfast::config {

void ProblemList::add(Severity severity, Position at, std::string_view text) {
  std::string printable(text);
  for (char& c : printable)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  problems_.push_back({severity, at, std::move(printable)});
}

// Who has no file yet learns it.
void ProblemList::add(const Location& where, std::string_view text) {
  if (file_.empty()) file_ = where.file;
  add(Position(where.line, where.column), text);
}

void ProblemList::add(const ProblemList& other) {
  problems_.insert(problems_.end(), other.problems_.begin(), other.problems_.end());
}

size_t ProblemList::errors() const {
  return static_cast<size_t>(std::ranges::count(problems_, Severity::kError, &Problem::severity));
}

ProblemList ProblemList::only_errors() const {
  ProblemList errors = *this;
  std::erase_if(errors.problems_,
                [](const Problem& problem) { return problem.severity != Severity::kError; });
  return errors;
}

std::vector<Problem> ProblemList::sorted() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  return sorted;
}

std::string ProblemList::line_of(const Problem& problem) const {
  std::string line = problem.at.line == 0 ? file_ : at(problem.at).to_string();
  if (problem.at.line != 0 && problem.at.column != 0) line += ":" + std::to_string(problem.at.column);
  return line.empty() ? problem.text : line + ": " + problem.text;
}

std::vector<std::string> ProblemList::lines() const {
  std::vector<std::string> lines;
  for (const Problem& problem : sorted())
    if (problem.severity == Severity::kError) lines.push_back(line_of(problem));
  return lines;
}

}  // namespace holdfast::config
