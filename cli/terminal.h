// The terminal of `holdfast top`: a screen of its own, keys as they are pressed. All of it is put back when
// this goes, so also after Ctrl-C and SIGTERM, which only end the wait.
//
// One at a time (signals belong to the process); the main thread.
#pragma once

#include <termios.h>

#include <cstdint>
#include <string>
#include <vector>

#include "journal/stop_signal.h"

namespace holdfast::cli {

class Terminal {
 public:
  // Without `screen`, and where standard output is no terminal, there is none: text is just printed.
  explicit Terminal(bool screen);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_screen() const { return is_screen_; }
  size_t width() const;
  size_t height() const;
  // The whole screen, or without one the lines and an empty one. False: nobody can read it any more.
  bool show(const std::vector<std::string>& lines);
  // False: `q` was pressed, or a signal came.
  bool wait_ms(int64_t ms);
  // Requested by a signal, too.
  const journal::StopSignal& stop() const { return stop_; }

 private:
  journal::StopSignal stop_;
  bool is_screen_ = false;
  bool reads_keys_ = false;
  termios before_{};
};

}  // namespace holdfast::cli
