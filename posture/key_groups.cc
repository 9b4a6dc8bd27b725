#include "posture/key_groups.h"

#include <algorithm>
#include <cctype>

namespace holdfast::posture {
namespace {

constexpr std::string_view kSeparators = ":/|#.";
constexpr int kWordsMax = 3;
constexpr size_t kPatternMax = 64;

bool is_word(std::string_view part) {
  return !part.empty() && part.size() <= 24 && std::ranges::all_of(part, [](unsigned char c) {
    return std::isalpha(c) != 0 || c == '-' || c == '_';
  });
}

// "user_42", "lock-9f86d081": a name with a number behind it.
size_t without_number(std::string_view name) {
  size_t end = name.size();
  while (end > 0 && std::isxdigit(static_cast<unsigned char>(name[end - 1])) != 0) --end;
  const bool has_digit =
      std::ranges::any_of(name.substr(end), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (has_digit && end > 0 && (name[end - 1] == '_' || name[end - 1] == '-')) return end;
  end = name.size();
  while (end > 0 && std::isdigit(static_cast<unsigned char>(name[end - 1])) != 0) --end;
  return end;
}

// As a glob: the characters that mean something there are escaped; what is not printable is any character.
std::string escaped(std::string_view text) {
  std::string glob;
  for (const char c : text.substr(0, kPatternMax)) {
    if (std::isprint(static_cast<unsigned char>(c)) == 0) {
      glob += '?';
      continue;
    }
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') glob += '\\';
    glob += c;
  }
  return glob;
}

}  // namespace

std::string pattern_of(std::string_view name) {
  size_t end = 0;
  for (int words = 0; words < kWordsMax; ++words) {
    const size_t separator = name.find_first_of(kSeparators, end);
    if (separator == std::string_view::npos) break;
    if (words > 0 && !is_word(name.substr(end, separator - end))) break;
    end = separator + 1;
  }
  if (end > 0) return escaped(name.substr(0, end)) + "*";
  const size_t stem = without_number(name);
  if (stem < name.size()) return escaped(name.substr(0, stem)) + "*";
  return name.size() > kPatternMax ? escaped(name) + "*" : escaped(name);
}

std::string KeyGroup::types_text() const {
  std::vector<std::pair<int64_t, std::string_view>> sorted;
  for (const auto& [type, count] : types) sorted.emplace_back(-count, type);
  std::ranges::sort(sorted);
  std::string text;
  for (const auto& [count, type] : sorted) text += (text.empty() ? "" : ", ") + std::string(type);
  return text;
}

void KeyGroups::add(const SampledKey& key) {
  std::string pattern = pattern_of(key.name);
  auto found = groups_.find(pattern);
  if (found == groups_.end()) {
    if (groups_.size() >= kGroupsMax) pattern = kOthers;
    found = groups_.try_emplace(pattern).first;
    found->second.pattern = found->first;
  }
  KeyGroup& group = found->second;
  ++group.keys;
  ++keys_;
  if (key.ttl_ms >= 0) {
    ++group.with_ttl;
    ++with_ttl_;
    group.ttl_max_ms = std::max(group.ttl_max_ms, key.ttl_ms);
  }
  group.bytes += key.bytes;
  group.bytes_max = std::max(group.bytes_max, key.bytes);
  if (key.idle_s >= 0) {
    ++group.idle_known;
    group.idle_s += key.idle_s;
  }
  // Types are few, but a module may name its own.
  if (group.types.size() < 8 || group.types.contains(key.type)) ++group.types[key.type];
}

std::vector<const KeyGroup*> KeyGroups::by_size() const {
  std::vector<const KeyGroup*> sorted;
  for (const auto& [pattern, group] : groups_) sorted.push_back(&group);
  std::ranges::stable_sort(sorted, std::greater(), &KeyGroup::keys);
  return sorted;
}

}  // namespace holdfast::posture
