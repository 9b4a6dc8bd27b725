#include "journal/journal_tail.h"

#include <algorithm>
#include <utility>

namespace holdfast::journal {

std::set<DataKey> JournalTail::keys() const {
  std::set<DataKey> all;
  for (const Step& step : steps) all.insert(step.keys.begin(), step.keys.end());
  return all;
}

Result<JournalTail> read_tail(const GenerationData& data) {
  JournalTail tail;
  const uint64_t lowest = data.end() - std::min(data.end() - data.start(), JournalTail::kBytesMax);
  JournalTail::Step step;
  bool about_more = false;
  tail.from = lowest;
  const auto border = [&](uint64_t offset) {
    step.end = offset;
    if (about_more || offset <= lowest) {
      tail.steps.clear();
      tail.from = offset;
    } else if (!step.keys.empty()) {
      tail.steps.push_back(std::move(step));
    }
    if (tail.steps.size() > JournalTail::kStepsMax) {
      tail.from = tail.steps.front().end;
      tail.steps.pop_front();
    }
    step = {};
    about_more = false;
  };
  Status read = data.read_operations(
      lowest,
      [&](const Operation& operation) -> Status {
        about_more = about_more || !operation.keys_known;
        for (const std::string_view key : operation.keys) step.keys.emplace_back(operation.db, key);
        return {};
      },
      border);
  if (!read.ok()) return read.error();
  return tail;
}

}  // namespace holdfast::journal
