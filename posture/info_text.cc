#include "posture/info_text.h"

#include <charconv>

namespace holdfast::posture {
namespace {

template <typename T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

InfoText::InfoText(std::string_view text) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t colon = line.find(':');
    if (line.empty() || line[0] == '#' || colon == std::string_view::npos) continue;
    fields_.emplace(line.substr(0, colon), line.substr(colon + 1));
  }
}

std::optional<std::string_view> InfoText::text(std::string_view name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

std::optional<int64_t> InfoText::integer(std::string_view name) const {
  const auto value = text(name);
  return value ? parse<int64_t>(*value) : std::nullopt;
}

std::optional<double> InfoText::number(std::string_view name) const {
  const auto value = text(name);
  return value ? parse<double>(*value) : std::nullopt;
}

std::optional<bool> InfoText::flag(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  return *value == "1" || *value == "ok" || *value == "yes";
}

std::vector<std::pair<int, std::string_view>> InfoText::numbered(std::string_view prefix) const {
  std::vector<std::pair<int, std::string_view>> found;
  for (auto at = fields_.lower_bound(prefix); at != fields_.end() && at->first.starts_with(prefix); ++at)
    if (const auto n = parse<int>(std::string_view(at->first).substr(prefix.size())))
      found.emplace_back(*n, at->second);
  return found;
}

std::optional<std::string_view> part_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view part = list.substr(0, comma);
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name) return part.substr(equals + 1);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return std::nullopt;
}

std::optional<int64_t> integer_part_of(std::string_view list, std::string_view name) {
  const auto value = part_of(list, name);
  return value ? parse<int64_t>(*value) : std::nullopt;
}

}  // namespace holdfast::posture
