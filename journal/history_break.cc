#include "journal/history_break.h"

#include <algorithm>

namespace holdfast::journal {

namespace {

// Up to where our history goes by this name.
std::optional<uint64_t> limit_of(const std::string& replid, const Position& position,
                                 const std::vector<HistoryName>& names) {
  if (replid == position.replid) return position.offset;
  for (const HistoryName& name : names)
    if (name.replid == replid) return name.until;
  return std::nullopt;
}

}  // namespace

HistoryBreak classify(const UpstreamFacts& facts, const Position& position,
                      const std::vector<HistoryName>& names, const std::optional<ServerLife>& life) {
  using Kind = HistoryBreak::Kind;
  const ReplicationInfo& info = facts.replication;
  HistoryBreak what;
  what.empty = facts.is_empty();
  what.restarted = facts.life.role_changes == 0;
  if (life && life->goes_on_as(facts.life) && info.second_repl_offset < 0 &&
      info.repl_offset >= static_cast<int64_t>(position.offset)) {
    what.kind = Kind::kRenamed;
    return what;
  }
  // What it has by a name of ours, and whether it has more than that.
  std::optional<uint64_t> limit = limit_of(info.replid, position, names);
  int64_t upto = info.repl_offset;
  if (!limit && info.second_repl_offset > 0) {
    limit = limit_of(info.replid2, position, names);
    upto = info.second_repl_offset - 1;
  }
  const bool known = limit.has_value() && upto >= 0;
  if (known) what.common = std::min(static_cast<uint64_t>(upto), *limit);
  if (known && info.repl_offset == static_cast<int64_t>(what.common))
    what.kind = Kind::kBehind;
  else if (what.empty)
    what.kind = Kind::kEmpty;
  else if (known)
    what.kind = Kind::kDiverged;
  return what;
}

BreakAction decide(const HistoryBreak& what, config::OnHistoryBreak mode, OperatorWord word, bool ours,
                   bool in_reach) {
  using Kind = HistoryBreak::Kind;
  using Mode = config::OnHistoryBreak;
  if (what.kind == Kind::kRenamed) return BreakAction::kAdopt;
  if (word == OperatorWord::kAccept) return BreakAction::kAdopt;
  if (word == OperatorWord::kReapply && (what.kind == Kind::kDiverged || what.by_data))
    return in_reach ? BreakAction::kReapply : BreakAction::kHold;
  if (mode == Mode::kAccept && word == OperatorWord::kNone) return BreakAction::kAdopt;

  // To be told so is as good as a configuration that says so.
  const bool may_recover = mode == Mode::kRecover || word != OperatorWord::kNone;
  const bool may_fill = may_recover || mode == Mode::kRecoverEmpty;
  // Nothing that such a Redis has is missing in the journal, so this is no more than filling an empty one.
  // But who has promoted a replica that lagged is shown what it lost, and asked.
  if (what.kind == Kind::kBehind && (may_recover || (may_fill && (what.restarted || ours)))) {
    if (in_reach && !what.by_data) return BreakAction::kCatchUp;
    if (!what.empty && word != OperatorWord::kReapply) return BreakAction::kKeepFirst;
  }
  if (what.empty && may_fill) return BreakAction::kGiveBack;
  return may_recover && word != OperatorWord::kReapply ? BreakAction::kKeepFirst : BreakAction::kHold;
}

}  // namespace holdfast::journal
