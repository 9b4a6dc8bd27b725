#include "policy/glob.h"

#include <cstddef>
#include <utility>

namespace holdfast::policy {
namespace {

// One element of the pattern at `at` (not a *) against one byte; `at` moves behind the element. Like Redis, a
// class that no ] ends goes to the end of the pattern, and a last \ stands for itself.
bool matches_one(std::string_view pattern, size_t& at, char byte) {
  const char element = pattern[at++];
  if (element == '?') return true;
  if (element == '\\' && at < pattern.size()) return pattern[at++] == byte;
  if (element != '[') return element == byte;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  const auto value = static_cast<unsigned char>(byte);
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      ++at;
      found |= pattern[at] == byte;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      auto low = static_cast<unsigned char>(pattern[at]);
      auto high = static_cast<unsigned char>(pattern[at + 2]);
      if (low > high) std::swap(low, high);
      found |= value >= low && value <= high;
      at += 2;
    } else {
      found |= pattern[at] == byte;
    }
  }
  if (at < pattern.size()) ++at;  // the ]
  return found != negated;
}

}  // namespace

// Only the last * has to be tried again: what an earlier one takes more, the last one can take as well.
bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t at = 0;
  size_t in = 0;
  size_t star = std::string_view::npos;  // behind the last * seen
  size_t star_in = 0;                    // where the text goes on if that * takes nothing more
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_in = in;
      continue;
    }
    if (at < pattern.size() && matches_one(pattern, at, text[in])) {
      ++in;
      continue;
    }
    if (star == std::string_view::npos) return false;
    at = star;
    in = ++star_in;
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace holdfast::policy
