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
  int line = 0;      // of the value; 1 = the first
  int column = 0;    // the same
  Position key;      // of its key; for elements of a list the same as that of the value

  Position value() const { return {line, column}; }

  std::string text;         // kString
  int64_t integer = 0;      // kInteger; a number too large for 64 bits is the largest one
  bool boolean = false;     // kBool
  std::vector<Node> nodes;  // kTable: its keys; kList: its elements

  const Node* find(std::string_view member) const;
};

// "a string", "a whole number", ...: for messages about a wrong type.
std::string_view kind_name(Node::Kind kind);

// A text that is not TOML everywhere is read without the lines that are not: each of them is a problem, and
// `gaps` says where something is missing.
struct Document {
  Node root;
  // Lines of the [section]s of which a part could not be read; 0: of what stands above the first.
  std::vector<int> gaps;

  bool is_whole() const { return gaps.empty(); }
};

// Nothing when the text cannot be read at all; why is then in `problems`.
std::optional<Document> parse_document(const std::string& text, ProblemList& problems);

}  // namespace holdfast::config
