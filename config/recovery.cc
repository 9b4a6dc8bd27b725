#include "config/recovery.h"

#include <algorithm>
#include <vector>

#include "config/statements.h"

namespace holdfast::config {
namespace {

// What a person wants to read at once; a file of another kind would be one mistake a line.
constexpr size_t kMostMistakes = 20;

class Recovery {
 public:
  Recovery(const std::string& text, ProblemList& problems)
      : text_(text), statements_(statements(text)), problems_(problems) {}

  std::optional<Document> read(const SyntaxProblem& first) {
    for (size_t i = 0; i < statements_.size() && mistakes_ < kMostMistakes; ++i) check_alone(i);
    // Alone each of them is fine now; together they may still not be: something is there twice.
    SyntaxProblem problem;
    while (mistakes_ < kMostMistakes) {
      if (auto root = parse_toml(text_, problem)) {
        if (mistakes_ == 0) report(first);
        return Document{std::move(*root), gaps_};
      }
      report(problem);
      const auto wrong = std::ranges::find_if(statements_, [&](const Statement& one) {
        return one.line <= problem.at.line && problem.at.line <= one.last_line;
      });
      if (wrong == statements_.end() || !leave_out(static_cast<size_t>(wrong - statements_.begin()))) break;
    }
    if (mistakes_ >= kMostMistakes) problems_.add(0, "there may be more mistakes; these come first");
    return std::nullopt;
  }

 private:
  void check_alone(size_t index) {
    const Statement statement = statements_[index];
    SyntaxProblem problem;
    const std::string alone = text_.substr(statement.begin, statement.end - statement.begin) + "\n";
    if (alone.find_first_not_of(" \t\r\n") == std::string::npos || parse_toml(alone, problem)) return;
    problem.at.line += statement.line - 1;
    if (problem.at.line > statement.last_line) {  // behind the end: it begins here
      const size_t indent = alone.find_first_not_of(" \t");
      problem.at = {statement.line, static_cast<int>(indent) + 1};
    }
    report(problem);
    leave_out(index);
  }

  void report(const SyntaxProblem& problem) {
    ++mistakes_;
    problems_.add(problem.at, problem.text);
  }

  // False when it was left out before.
  bool leave_out(size_t index) {
    const Statement& wrong = statements_[index];
    if (!blank(wrong)) return false;
    int section = 0;
    for (size_t i = 0; i <= index; ++i)
      if (statements_[i].is_section) section = statements_[i].line;
    gaps_.push_back(section);
    for (size_t i = index + 1; wrong.is_section && i < statements_.size() && !statements_[i].is_section; ++i)
      blank(statements_[i]);
    return true;
  }

  bool blank(const Statement& statement) {
    bool any = false;
    for (size_t i = statement.begin; i < statement.end; ++i) {
      if (text_[i] == '\n') continue;
      any = any || text_[i] != ' ';
      text_[i] = ' ';
    }
    return any;
  }

  std::string text_;
  const std::vector<Statement> statements_;
  ProblemList& problems_;
  std::vector<int> gaps_;
  size_t mistakes_ = 0;
};

}  // namespace

std::optional<Document> without_mistakes(const std::string& text, const SyntaxProblem& first,
                                         ProblemList& problems) {
  return Recovery(text, problems).read(first);
}

}  // namespace holdfast::config
