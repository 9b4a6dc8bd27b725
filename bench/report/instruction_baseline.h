// The figures of bench/instructions.baseline: what a request may cost, and the word in CHANGELOG.md that goes
// with it. Pure but for the two that read and write the file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::bench {

// User instructions per request, by case: letters, digits and dashes.
using Instructions = std::map<std::string, double>;

// "<case> <instructions>" per line; '#' begins a comment.
Instructions parse_baseline(std::string_view text);
std::string format_baseline(const Instructions& figures);

Result<Instructions> read_baseline(const std::string& path);
Status write_baseline(const std::string& path, const Instructions& figures);

// How CHANGELOG.md has to name the figures, on one line: "pipelines-of-16 570, unpipelined 1348".
std::string changelog_words(const Instructions& figures);

// Refuses a case that has grown by more than 5% or has no figure, and a baseline that `changelog` does not
// name: it can be raised only with a word to those who read that.
Status check_growth(const Instructions& measured, const Instructions& baseline, std::string_view changelog);

}  // namespace holdfast::bench
