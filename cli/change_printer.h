// Prints commands of the journal on stdout: a table for people, one JSON object a line for machines.
#pragma once

#include <cstdint>

#include "journal/noted_command.h"
#include "journal/stream_walk.h"

namespace holdfast::cli {

class ChangePrinter {
 public:
  explicit ChangePrinter(bool is_json);

  void print(const journal::WalkedCommand& walked);
  void print(uint64_t generation, const journal::NotedCommand& command);
  uint64_t count() const { return count_; }

 private:
  bool is_json_;
  size_t width_;
  uint64_t count_ = 0;
};

}  // namespace holdfast::cli
