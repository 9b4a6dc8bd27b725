// Logs what is wrong without repeating itself: a new problem at once, the same one once a minute, and the
// moment when it is over. Journal thread only.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast::journal {

class ProblemLog {
 public:
  explicit ProblemLog(std::string who) : who_(std::move(who)) {}

  void problem(const std::string& sentence);
  // `sentence`: what works again. Said only when a problem was logged before.
  void solved(const std::string& sentence);
  void info(const std::string& sentence) const;
  void warn(const std::string& sentence) const;

 private:
  std::string who_;  // begins every line
  std::string last_;
  uint64_t logged_ns_ = 0;
};

}  // namespace holdfast::journal
