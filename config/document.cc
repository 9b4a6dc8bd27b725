#include "config/document.h"

#include <algorithm>
#include <sstream>
#include <toml.hpp>
#include <tuple>
#include <utility>

#include "config/readable.h"
#include "config/syntax_error.h"

namespace holdfast::config {
namespace {

Node::Kind kind_of(const toml::value& value) {
  switch (value.type()) {
    case toml::value_t::table:
      return Node::Kind::kTable;
    case toml::value_t::array:
      return Node::Kind::kList;
    case toml::value_t::string:
      return Node::Kind::kString;
    case toml::value_t::integer:
      return Node::Kind::kInteger;
    case toml::value_t::boolean:
      return Node::Kind::kBool;
    case toml::value_t::floating:
      return Node::Kind::kFraction;
    default:
      return Node::Kind::kDate;
  }
}

Node to_node(const toml::value& value, const std::string& name) {
  Node node;
  node.kind = kind_of(value);
  node.name = name;
  const toml::source_location location = value.location();
  node.line = static_cast<int>(location.line());
  node.column = static_cast<int>(location.column());
  if (value.is_string()) node.text = value.as_string().str;
  if (value.is_integer()) node.integer = value.as_integer();
  if (value.is_boolean()) node.boolean = value.as_boolean();
  if (value.is_array())
    for (const toml::value& element : value.as_array()) node.nodes.push_back(to_node(element, ""));
  if (value.is_table()) {
    for (const auto& [key, member] : value.as_table()) node.nodes.push_back(to_node(member, key));
    // The library's tables are unordered; people count on the order of the file.
    std::sort(node.nodes.begin(), node.nodes.end(), [](const Node& a, const Node& b) {
      return std::tie(a.line, a.column, a.name) < std::tie(b.line, b.column, b.name);
    });
  }
  return node;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Node& node : nodes)
    if (node.name == key) return &node;
  return nullptr;
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kTable:
      return "a section";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kString:
      return "a string";
    case Node::Kind::kInteger:
      return "a whole number";
    case Node::Kind::kBool:
      return "true or false";
    case Node::Kind::kFraction:
      return "a number with a fraction";
    case Node::Kind::kDate:
      break;
  }
  return "a date or time";
}

std::optional<Node> parse_document(const std::string& text, ProblemList& problems) {
  if (const int line = first_unreadable_line(text); line != 0) {
    problems.add(line, "this line is not UTF-8 text");
    return std::nullopt;
  }
  if (const int line = first_too_deep_line(text); line != 0) {
    problems.add(line, "brackets are nested too deeply");
    return std::nullopt;
  }
  try {
    std::istringstream stream(text);
    return to_node(toml::parse(stream, problems.file()), "");
  } catch (const toml::exception& thrown) {
    problems.add(static_cast<int>(thrown.location().line()), plain_syntax_message(thrown.what()));
  } catch (const std::exception& thrown) {
    problems.add(0, plain_syntax_message(thrown.what()));
  }
  return std::nullopt;
}

}  // namespace holdfast::config
