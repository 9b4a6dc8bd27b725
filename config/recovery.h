// Reads what can be read of a text that is not TOML everywhere, so that one slip does not hide the other
// mistakes.
//
// The text is cut into statements (a [section] or a `key = value`, with the lines that belong to it). Those
// that are wrong are problems and are left out; what follows a wrong [section] is left out with it, since
// nobody knows where it belongs. Main thread.
#pragma once

#include <optional>
#include <string>

#include "config/document.h"
#include "config/syntax_error.h"

namespace holdfast::config {

// From document.cc: the whole text or nothing.
std::optional<Node> parse_toml(const std::string& text, SyntaxProblem& problem);

// `first`: what the parser said about the whole text.
std::optional<Document> without_mistakes(const std::string& text, const SyntaxProblem& first,
                                         ProblemList& problems);

}  // namespace holdfast::config
