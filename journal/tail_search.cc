#include "journal/tail_search.h"

#include <algorithm>
#include <limits>

#include "base/clock.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kPatienceNs = 60'000'000'000;
constexpr size_t kKeysAtOnce = 500;
constexpr size_t kCandidates = 100;

}  // namespace

TailSearch::TailSearch(const JournalTail& tail, const KeyStates& wanted, PacedRedis& redis)
    : tail_(tail),
      wanted_(wanted),
      redis_(redis),
      deadline_ns_(monotonic_ns() + kPatienceNs),
      unknown_(tail.keys()) {
  for (size_t i = 0; i < tail.steps.size(); ++i)
    for (const DataKey& key : tail.steps[i].keys) touches_[key].push_back(i);
}

Status TailSearch::look(bool all) {
  while (!unknown_.empty() && (all || differing_.empty())) {
    std::set<DataKey> some;
    while (some.size() < kKeysAtOnce && !unknown_.empty()) some.insert(unknown_.extract(unknown_.begin()));
    auto states = redis_.reader().read_keys(some);
    if (!states.ok()) return states.error();
    for (const auto& [key, state] : states.value())
      if (!state.same_as(wanted_.at(key), unix_ms())) differing_.insert(key);
  }
  return {};
}

std::optional<size_t> TailSearch::next_touch(const DataKey& key) const {
  const std::vector<size_t>& steps = touches_.at(key);
  const auto next = std::lower_bound(steps.begin(), steps.end(), at_);
  return next == steps.end() ? std::nullopt : std::optional(*next);
}

// Applies the steps before this one.
Status TailSearch::move_to(size_t step) {
  for (; at_ < step; ++at_) {
    for (const DataKey& key : tail_.steps[at_].keys) {
      unknown_.insert(key);
      differing_.erase(key);
    }
  }
  return redis_.advance(tail_.steps[at_ - 1].end, [] { return Status(); });
}

Status TailSearch::go_on(const Progress& progress) const {
  if (monotonic_ns() > deadline_ns_)
    return Error(ErrorCode::kTimeout, "it was not found in a minute after which operation its data stop");
  return progress(at_);
}

uint64_t TailSearch::offset() const {
  return at_ == 0 ? tail_.from : tail_.steps[at_ - 1].end;
}

Result<std::optional<uint64_t>> TailSearch::find(const Progress& progress) {
  std::optional<uint64_t> found;
  while (true) {
    if (Status looked = look(false); !looked.ok()) return looked.error();
    size_t next = at_;
    size_t candidates = 0;
    for (const DataKey& key : differing_) {
      next = std::max(next, next_touch(key).value_or(tail_.steps.size()));
      if (++candidates == kCandidates) break;
    }
    if (differing_.empty()) found = offset();
    if (next >= tail_.steps.size()) return found;
    if (Status may = go_on(progress); !may.ok()) return may.error();
    if (Status moved = move_to(next + 1); !moved.ok()) return moved.error();
  }
}

Result<size_t> TailSearch::fewest_differing(const Progress& progress) {
  size_t fewest = std::numeric_limits<size_t>::max();
  size_t next = tail_.steps.size() - std::min(tail_.steps.size(), kLookedAtAll);
  for (; next < tail_.steps.size(); ++next) {
    if (Status moved = next > 0 ? move_to(next) : Status(); !moved.ok()) return moved.error();
    if (Status looked = look(true); !looked.ok()) return looked.error();
    fewest = std::min(fewest, differing_.size());
    if (Status may = go_on(progress); !may.ok()) return may.error();
  }
  return fewest;
}

}  // namespace holdfast::journal
