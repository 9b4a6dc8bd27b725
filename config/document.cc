#include "config/document.h"

#include <algorithm>
#include <sstream>
#include <toml.hpp>
#include <tuple>
#include <utility>

#include "config/readable.h"
#include "config/recovery.h"
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

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_key_byte(char c) {
  return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where the key stands whose value begins at `value`: the last time before it, and in a [section] anywhere.
Position key_position(const std::vector<std::string_view>& lines, const std::string& name, Position value) {
  const auto index = static_cast<size_t>(value.line) - 1;
  if (name.empty() || index >= lines.size()) return value;
  std::string_view line = lines[index];
  const bool is_header = line.find_first_not_of(" \t") == line.find('[');
  if (!is_header) line = line.substr(0, static_cast<size_t>(value.column) - 1);
  for (size_t at = line.rfind(name); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : line.rfind(name, at - 1)) {
    const bool begins = at == 0 || !is_key_byte(line[at - 1]);
    const bool ends = at + name.size() == line.size() || !is_key_byte(line[at + name.size()]);
    if (begins && ends) return {value.line, static_cast<int>(at) + 1};
  }
  return value;
}

Node to_node(const toml::value& value, const std::string& name, const std::vector<std::string_view>& lines) {
  Node node;
  node.kind = kind_of(value);
  node.name = name;
  const toml::source_location location = value.location();
  node.line = static_cast<int>(location.line());
  node.column = static_cast<int>(location.column());
  node.key = key_position(lines, name, node.value());
  if (value.is_string()) node.text = value.as_string().str;
  if (value.is_integer()) node.integer = value.as_integer();
  if (value.is_boolean()) node.boolean = value.as_boolean();
  if (value.is_array())
    for (const toml::value& element : value.as_array()) node.nodes.push_back(to_node(element, "", lines));
  if (value.is_table()) {
    for (const auto& [key, member] : value.as_table()) node.nodes.push_back(to_node(member, key, lines));
    // The library's tables are unordered; people count on the order of the file.
    std::sort(node.nodes.begin(), node.nodes.end(), [](const Node& a, const Node& b) {
      return std::tie(a.line, a.column, a.name) < std::tie(b.line, b.column, b.name);
    });
  }
  return node;
}

}  // namespace

std::optional<Node> parse_toml(const std::string& text, SyntaxProblem& problem) {
  try {
    std::istringstream stream(text);
    return to_node(toml::parse(stream, "text"), "", lines_of(text));
  } catch (const toml::exception& thrown) {
    problem = plain_syntax_problem(thrown.what(), static_cast<int>(thrown.location().line()));
  } catch (const std::exception& thrown) {
    problem = plain_syntax_problem(thrown.what(), 0);
  }
  return std::nullopt;
}

const Node* Node::find(std::string_view member) const {
  for (const Node& node : nodes)
    if (node.name == member) return &node;
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

std::optional<Document> parse_document(const std::string& text, ProblemList& problems) {
  if (const int line = first_unreadable_line(text); line != 0) {
    problems.add(line, "this line is not UTF-8 text");
    return std::nullopt;
  }
  if (const int line = first_too_deep_line(text); line != 0) {
    problems.add(line, "brackets are nested too deeply");
    return std::nullopt;
  }
  SyntaxProblem problem;
  if (auto root = parse_toml(text, problem)) return Document{std::move(*root), {}};
  return without_mistakes(text, problem, problems);
}

}  // namespace holdfast::config
