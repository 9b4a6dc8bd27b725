// Prints commands of the journal on stdout: a table for people, one JSON object a line for machines.
#pragma once

#include <cstdint>
#include <string>

#include "journal/manifest.h"
#include "journal/noted_command.h"
#include "journal/rdb_reader.h"
#include "journal/stream_walk.h"

namespace holdfast::cli {

class ChangePrinter {
 public:
  explicit ChangePrinter(bool is_json);

  void print(const journal::WalkedCommand& walked);
  void print(uint64_t generation, const journal::NotedCommand& command);
  // A key as a base has it; null: the base does not have it.
  void print_base(uint64_t generation, const journal::Manifest::Base& base, const journal::RdbKey* key);
  uint64_t count() const { return count_; }

 private:
  void print_row(int64_t time_ms, uint64_t generation, uint64_t offset, const std::string& db,
                 const std::string& what);

  bool is_json_;
  size_t width_;
  uint64_t count_ = 0;
};

}  // namespace holdfast::cli
