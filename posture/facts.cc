#include "posture/facts.h"

namespace holdfast::posture {

int64_t Facts::keys() const {
  int64_t sum = 0;
  for (const Database& database : databases) sum += database.keys;
  return sum;
}

int64_t Facts::memory_limit() const {
  const int64_t limit = maxmemory.value_or(0);
  return limit > 0 ? limit : system_memory.value_or(0);
}

std::optional<double> Facts::memory_ratio() const {
  if (!used_memory || memory_limit() <= 0) return std::nullopt;
  return static_cast<double>(*used_memory) / static_cast<double>(memory_limit());
}

bool evicts_everything(std::string_view policy) {
  return policy.starts_with("allkeys-");
}

}  // namespace holdfast::posture
