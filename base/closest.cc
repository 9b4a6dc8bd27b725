#include "base/closest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace holdfast {
namespace {

constexpr size_t kMaxLength = 64;  // longer than any word we know; keeps the table on the stack
constexpr size_t kTooFar = std::numeric_limits<size_t>::max();

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Edit distance with swaps of neighbours ("optimal string alignment"). Three rows of the usual table are
// enough, because a swap looks back two rows.
size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<size_t, kMaxLength + 1>;
  Row before, above, row;
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string_view> closest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kMaxLength) return std::nullopt;
  std::optional<std::string_view> best;
  size_t fewest = kTooFar;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kMaxLength) continue;
    const size_t slips = distance(word, candidate);
    if (slips * 3 > std::max(word.size(), candidate.size()) || slips >= fewest) continue;
    best = candidate;
    fewest = slips;
  }
  return best;
}

}  // namespace holdfast
