// A bar on stderr for what takes longer than a second, where stderr is a terminal; also the place where
// Ctrl-C is noticed. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace holdfast::cli {

class Progress {
 public:
  // `total`: bytes; 0 when it is not known.
  Progress(std::string what, uint64_t total);
  ~Progress();  // the line is gone afterwards
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // More bytes are done. An error once the command has been interrupted.
  Status add(uint64_t bytes);
  // add(), for those who read; valid as long as this.
  std::function<Status(uint64_t)> callback();

 private:
  void draw(uint64_t now_ns);

  std::string what_;
  uint64_t total_;
  uint64_t done_ = 0;
  uint64_t started_ns_;
  uint64_t drawn_ns_ = 0;
  bool is_terminal_;
};

}  // namespace holdfast::cli
