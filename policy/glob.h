// Glob patterns as Redis matches them (util.c, stringmatchlen): * ? [abc] [^abc] [a-z] and \ before any of
// them. Case matters. Pure; allocates nothing; at most pattern times text steps, whatever the pattern.
#pragma once

#include <string_view>

namespace holdfast::policy {

bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace holdfast::policy
