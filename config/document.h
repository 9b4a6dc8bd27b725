// A TOML text as a tree of plain nodes that know their line, in the order in which they were written.
//
// This is all that the rest of the folder sees of the TOML library. Made and used on the main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"

namespace holdfast::config {

struct Node {
  enum class Kind { kTable, kList, kString, kInteger, kBool, kFraction, kDate };

  Kind kind = Kind::kTable;
  std::string name;  // its key; empty for the document and for elements of a list
  int line = 0;      // 1 = the first
  int column = 0;

  std::string text;         // kString
  int64_t integer = 0;      // kInteger; a number too large for 64 bits is the largest one
  bool boolean = false;     // kBool
  std::vector<Node> nodes;  // kTable: its keys; kList: its elements

  const Node* find(std::string_view key) const;
};

// "a string", "a whole number", ...: for messages about a wrong type.
std::string_view kind_name(Node::Kind kind);

// Nothing when the text is not TOML: the one problem that the parser found is then in `problems`.
std::optional<Node> parse_document(const std::string& text, ProblemList& problems);

}  // namespace holdfast::config
