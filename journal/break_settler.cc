#include "journal/break_settler.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "journal/notes.h"
#include "journal/operator_word.h"
#include "journal/reapplication.h"

namespace holdfast::journal {
namespace {

constexpr size_t kSpread = 0x9e3779b97f4a7c15;      // the same key in another database is another one
constexpr uint64_t kCountedAtOnceBytes = 4u << 20;  // what takes no time that anybody notices

std::string counted(uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

BreakSettler::BreakSettler(const config::Upstream& upstream, const tls::Credentials* tls, Store& store,
                           Publication& publication, ProblemLog& problems, const StopSignal& stop)
    : upstream_(upstream),
      tls_(tls),
      store_(store),
      publication_(publication),
      problems_(problems),
      stop_(stop),
      check_(upstream, store, publication, stop) {}

Result<BreakSettler::Next> BreakSettler::settle(Joined& joined) {
  return joined.kind == Joined::Kind::kReplica ? settle_replica(joined) : settle_break(joined);
}

void BreakSettler::joined(const UpstreamFacts& facts, bool adopted) {
  const std::string& dir = store_.dir();
  if (Status noted = write_server_note(store_.files(), dir, facts.life); !noted.ok())
    problems_.warn(noted.error().message());
  if (read_recovery_note(dir)) (void)remove_recovery_note(store_.files(), dir);
  settled(adopted ? "accepted" : "given-back");
  lost_.reset();
  not_run_again_.clear();
}

void BreakSettler::settled(std::string_view outcome) {
  if (Status noted = settle_lost_writes(store_.files(), store_.dir(), outcome, unix_ms()); !noted.ok())
    problems_.warn(noted.error().message());
}

void BreakSettler::forget_needless_word() {
  const OperatorWord word = read_word(store_.dir());
  if (word == OperatorWord::kNone) return;
  problems_.info(std::string("there is no history break to ") +
                 (word == OperatorWord::kAccept ? "accept" : "recover from") + "; the request was removed");
  (void)forget_word(store_.files(), store_.dir());
}

// A replica refuses writes. It is ours to finish when we have told it to be one and did not see the end.
Result<BreakSettler::Next> BreakSettler::settle_replica(Joined& joined) {
  const ReplicationInfo& info = joined.facts.replication;
  const std::string who = "the upstream " + url_of(upstream_);
  const auto note = read_recovery_note(store_.dir());
  if (note && store_.position() && note->is_about(info)) {
    // It takes no REPLICAOF now.
    if (joined.facts.loading)
      return Error(
          ErrorCode::kUnavailable,
          who + " is loading what a recovery that was interrupted has given it; that is finished then");
    const Status recovered =
        recover(joined, note->keep_first ? Recovery::How::kKeepFirst : Recovery::How::kFill, true,
                who + " still replicates from a recovery that was interrupted");
    if (!recovered.ok()) return recovered.error();
    return Next::kJoin;
  }
  return Error(ErrorCode::kUnavailable,
               who + " is a replica (it follows " + info.master_host + ":" +
                   std::to_string(info.master_port) +
                   "), so its data are another's and what is written to it is refused "
                   "or not kept; point upstream." +
                   upstream_.name + ".url at the primary, or promote it");
}

// Acknowledged writes are missing in the upstream; journaling on would make that final.
Result<BreakSettler::Next> BreakSettler::settle_break(Joined& joined) {
  const UpstreamFacts& facts = joined.facts;
  const Position& position = *store_.position();
  const std::string& dir = store_.dir();
  const std::string who = "the upstream " + url_of(upstream_);
  HistoryBreak what = classify(facts, position, read_name_notes(dir), read_server_note(dir));
  if (what.kind == HistoryBreak::Kind::kRenamed) {
    problems_.info(who +
                   " had no replica for longer than its repl-backlog-ttl and has renamed its history; it "
                   "is the same process, so nothing is missing; taking a new snapshot");
    return Next::kAdopt;
  }
  const OperatorWord word = read_word(dir);
  std::string unknown;
  auto goes_on = look_at_data(joined, word, what, unknown);
  if (!goes_on.ok()) return goes_on.error();
  if (goes_on.value()) return Next::kJoin;
  const bool at_once = is_given_at_once(what, word);
  auto lost = at_once ? LostWrites() : look_at_lost(what);
  if (!lost.ok()) return lost.error();
  // Nothing but PINGs: nobody has lost anything.
  what.restarted = what.restarted || (lost.value().exact && lost.value().operations == 0);
  const bool in_reach = what.common >= store_.current()->base.offset;
  const BreakAction action =
      decide(what, upstream_.journal.on_history_break, word, read_recovery_note(dir).has_value(), in_reach);
  if (!at_once) {
    if (Status noted = note_lost(what, action); !noted.ok()) return noted.error();
  }
  std::string found = who + " has another history than the journal (it is at " + facts.replication.replid +
                      ":" + std::to_string(facts.replication.repl_offset) + " with " +
                      counted(facts.keys, "key") + ", the journal has " + position.replid + " up to " +
                      std::to_string(position.offset) + ")";
  if (at_once) {
    found += ": it lacks all that came after offset " + std::to_string(what.common);
  } else if (lost.value().exact) {
    found += ": it lacks " + counted(lost.value().operations, "operation") + " on " +
             counted(lost.value().keys, "key") + " that came after offset " +
             std::to_string(lost.value().after) + " (holdfast journal lost --journal " + dir + ")";
  }
  switch (action) {
    case BreakAction::kAdopt:
      problems_.warn(found + "; accepting what it has, as " +
                     (word == OperatorWord::kAccept
                          ? std::string("the operator said")
                          : "upstream." + upstream_.name + ".journal.on_history_break says") +
                     "; the history so far stays as generation " + std::to_string(store_.generation()));
      publication_.stats().breaks_accepted.add();
      return Next::kAdopt;
    case BreakAction::kGiveBack:
    case BreakAction::kCatchUp:
    case BreakAction::kKeepFirst: {
      const Recovery::How how = action == BreakAction::kGiveBack  ? Recovery::How::kFill
                                : action == BreakAction::kCatchUp ? Recovery::How::kCatchUp
                                                                  : Recovery::How::kKeepFirst;
      if (Status recovered = recover(joined, how, false, found); !recovered.ok()) return recovered.error();
      return Next::kJoin;
    }
    case BreakAction::kReapply:
      not_run_again_.clear();
      if (Status reapplied = reapply(joined, what); !reapplied.ok()) {
        not_run_again_ = reapplied.error().message();
        return reapplied.error().prefixed(found);
      }
      return Next::kAdopt;
    default:
      break;
  }
  const std::string only_lost =
      what.kind == HistoryBreak::Kind::kDiverged || what.by_data
          ? ", what it has and the lost operations, where nothing newer touched their keys (holdfast recover "
            "--only-lost --journal " +
                dir + ")"
          : "";
  if (!not_run_again_.empty()) found += " (" + not_run_again_ + ")";
  if (!unknown.empty()) found += " (whether it has the same data could not be found out: " + unknown + ")";
  return Error(
      ErrorCode::kRefused,
      found +
          ": it lost writes in a restart or a failover; writes are refused until you say what holds: "
          "what is journaled (holdfast recover --journal " +
          dir + "; what it has is kept)" + only_lost + " or what it has (holdfast accept --journal " + dir +
          ")");
}

// One that restarted from an append-only file, or whose keys have expired since, has a history of its own
// from its first moment on.
Result<bool> BreakSettler::look_at_data(Joined& joined, OperatorWord word, HistoryBreak& what,
                                        std::string& unknown) {
  using Kind = HistoryBreak::Kind;
  const bool tells_nothing =
      (what.kind == Kind::kForeign && !what.empty) ||
      (what.kind == Kind::kDiverged && what.restarted && what.common >= store_.current()->base.offset);
  if (!tells_nothing || upstream_.journal.on_history_break == config::OnHistoryBreak::kAccept) return false;
  CheckedUpstream* checked = check_.remembered(joined);
  if (checked == nullptr) {
    if (word == OperatorWord::kAccept || word == OperatorWord::kRecover) return false;
    problems_.info("the upstream " + url_of(upstream_) +
                   " has a new history, and data; they are compared with what is journaled");
    auto looked = check_.look(joined, what);
    if (!looked.ok()) return looked.error();
    checked = looked.value();
  }
  unknown = checked->unknown;
  if (!unknown.empty()) return false;
  if (checked->base) {
    if (Status gone_on = go_on_with(*checked); !gone_on.ok()) return gone_on.error();
    return true;
  }
  if (checked->data.kind != ComparedData::Kind::kEarlier) return false;
  // A snapshot of its own that is older is a restart; an append-only file may have been put there by hand.
  what.restarted = what.kind == Kind::kDiverged;
  what.kind = Kind::kBehind;
  what.common = checked->data.upto;
  what.by_data = true;
  return false;
}

Status BreakSettler::go_on_with(CheckedUpstream& checked) {
  const std::string upto = std::to_string(store_.position()->offset);
  const uint64_t before = store_.generation();
  BaseFile base = std::move(*checked.base);
  checked.base.reset();
  if (Status adopted = store_.adopt_base(std::move(base), checked.snapshot); !adopted.ok()) {
    store_.discard_base();
    return adopted;
  }
  publication_.adopt(checked.snapshot, true);
  (void)remove_name_notes(store_.files(), store_.dir());
  (void)forget_word(store_.files(), store_.dir());
  publication_.stats().breaks_harmless.add();
  const std::string has = checked.data.kind == ComparedData::Kind::kSame
                              ? "exactly what is journaled up to offset " + upto
                              : "all that is journaled up to offset " + upto + ", and on about " +
                                    counted(checked.data.newer, "key") +
                                    " writes that had not reached the journal";
  problems_.warn(
      "the upstream " + url_of(upstream_) + " has a new history and " + has + " (" +
      counted(checked.data.keys, "key") +
      " compared), as after a restart from its own files, so nothing is missing; going on in generation " +
      std::to_string(store_.generation()) + "; generation " + std::to_string(before) + " stays");
  return {};
}

bool BreakSettler::is_given_at_once(const HistoryBreak& what, OperatorWord word) const {
  // Not after a failover: who lost what is told then.
  if (what.kind != HistoryBreak::Kind::kBehind || !what.restarted) return false;
  if (store_.position()->offset - what.common <= kCountedAtOnceBytes) return false;
  const bool in_reach = what.common >= store_.current()->base.offset;
  return decide(what, upstream_.journal.on_history_break, word, false, in_reach) == BreakAction::kCatchUp;
}

Result<LostWrites> BreakSettler::look_at_lost(const HistoryBreak& what) {
  using Kind = HistoryBreak::Kind;
  LostWrites lost;
  lost.generation = store_.generation();
  lost.replid = store_.position()->replid;
  lost.end = store_.position()->offset;
  lost.exact = (what.kind == Kind::kBehind || what.kind == Kind::kDiverged) &&
               what.common >= store_.current()->base.offset;
  lost.after = lost.exact ? what.common : 0;
  lost.found_ms = unix_ms();
  if (lost_ && lost_->is_about(lost)) return *lost_;
  if (lost.exact) {
    auto data = GenerationData::open(store_.dir(), *store_.current(), *store_.position());
    if (!data.ok()) return data.error();
    std::unordered_set<size_t> keys;
    Status read = data.value()->read_operations(lost.after, [&](const Operation& operation) -> Status {
      // What was published is no data.
      if (operation.keys_known && operation.keys.empty()) return {};
      lost.operations += 1;
      for (const std::string_view key : operation.keys)
        keys.insert(std::hash<std::string_view>()(key) ^ static_cast<size_t>(operation.db) * kSpread);
      return {};
    });
    if (!read.ok()) return read.error();
    lost.keys = keys.size();
  }
  lost_ = lost;
  is_noted_ = false;
  return lost;
}

// What is given back at once was not lost: an empty Redis has lost everything, and gets it back; a restart is
// no failover. But what somebody has to decide about, or has decided about, can be looked up.
Status BreakSettler::note_lost(const HistoryBreak& what, BreakAction action) {
  using Kind = HistoryBreak::Kind;
  if (!lost_ || is_noted_) return {};
  const bool given_up = action == BreakAction::kAdopt || action == BreakAction::kHold;
  const bool counted = lost_->exact && lost_->operations > 0 && (given_up || !what.restarted);
  const bool unknown =
      (what.kind == Kind::kForeign && !what.empty) || (what.kind == Kind::kEmpty && given_up);
  if (!counted && !unknown) return {};
  is_noted_ = true;
  if (counted) publication_.stats().lost_operations.add(lost_->operations);
  return note_lost_writes(store_.files(), store_.dir(), *lost_);
}

Status BreakSettler::recover(Joined& joined, Recovery::How how, bool ours, const std::string& found) {
  const std::string who = "the upstream " + url_of(upstream_);
  const uint64_t began_ns = monotonic_ns();
  if (joined.connection == nullptr) {
    auto connected = connect_upstream(upstream_, tls_, stop_);
    if (!connected.ok()) return connected.error();
    joined.connection = std::move(connected).value();
  }
  problems_.warn(found + "; it is given its data back");
  publication_.recover(true, who + " came back without its data and is given them back from the journal");
  Status outcome;
  {
    Recovery recovery(upstream_, tls_, store_, publication_, problems_, stop_);
    outcome = recovery.run(*joined.connection, how, ours);
  }
  JournalStats& stats = publication_.stats();
  if (!outcome.ok()) {
    if (!stop_.requested()) stats.recoveries_failed.add();
    publication_.recover(false, outcome.error().message());
    return outcome;
  }
  const uint64_t took_ns = monotonic_ns() - began_ns;
  (how == Recovery::How::kCatchUp ? stats.recoveries_caught_up : stats.recoveries_given_back).add();
  stats.recovery_duration.record(took_ns);
  problems_.info(who + " has its data back, up to offset " + std::to_string(store_.position()->offset) +
                 ", after " + std::to_string(took_ns / 1'000'000) + " ms");
  (void)forget_word(store_.files(), store_.dir());
  return {};
}

// The word stays until what the upstream has then is a generation. If that is interrupted, the next try finds
// the keys changed, by ourselves, and asks the operator again: nothing runs twice.
Status BreakSettler::reapply(Joined& joined, const HistoryBreak& what) {
  auto data = GenerationData::open(store_.dir(), *store_.current(), *store_.position());
  if (!data.ok()) return data.error();
  publication_.refuse("the operations that the upstream " + url_of(upstream_) + " lost are run on it again");
  const Position parted =
      what.by_data ? check_.remembered(joined)->snapshot : Position{data.value()->replid(), what.common};
  auto done =
      reapply_lost(upstream_, tls_, *data.value(), what.common, parted, joined.facts.replication, stop_);
  if (!done.ok()) {
    if (done.error().code() == ErrorCode::kRefused) (void)forget_word(store_.files(), store_.dir());
    return done.error();
  }
  settled("re-applied");
  publication_.stats().recoveries_reapplied.add();
  problems_.warn("ran " + counted(done.value().operations, "lost operation") + " again on the upstream " +
                 url_of(upstream_) +
                 (done.value().failed == 0
                      ? std::string()
                      : "; it refused " + std::to_string(done.value().failed) + " of them, the first with '" +
                            done.value().first_error + "'"));
  return {};
}

}  // namespace holdfast::journal
