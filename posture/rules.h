// The rules of each group; rules.cc puts them together.
#pragma once

#include <span>

#include "posture/rule.h"

namespace holdfast::posture {

std::span<const Rule> security_rules();
std::span<const Rule> persistence_rules();
std::span<const Rule> memory_rules();
std::span<const Rule> replication_rules();

// "3 days", "5 minutes", "1 second"; "12.5 MiB". For reasons.
std::string duration_text(int64_t seconds);
std::string size_text(int64_t bytes);

}  // namespace holdfast::posture
