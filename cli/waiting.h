// A line on stderr, where stderr is a terminal, while something is waited for whose end nobody knows: what it
// is and for how long already.
//
// A thread of its own draws it, from the first second on; say() and the end on the thread that made it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace holdfast::cli {

class Waiting {
 public:
  explicit Waiting(std::string what);
  ~Waiting();  // the line is gone afterwards
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  void say(std::string what);

 private:
  void draw_until_over();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace holdfast::cli
