#include "journal/upstream_check.h"

#include <utility>

#include "base/clock.h"
#include "journal/disposable_redis.h"
#include "journal/generation_data.h"
#include "journal/operator_word.h"
#include "journal/snapshot_receiver.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kAgainNs = 600'000'000'000;

bool has_everything(const ComparedData& data) {
  return data.kind == ComparedData::Kind::kSame || data.kind == ComparedData::Kind::kNewer;
}

}  // namespace

std::string UpstreamCheck::name_of(const Joined& joined, const std::string& replid) const {
  return joined.facts.life.run_id + " " + replid + " " + store_.position()->replid + " " +
         std::to_string(store_.position()->offset);
}

CheckedUpstream* UpstreamCheck::remembered(const Joined& joined) {
  const bool too_old = !checked_.unknown.empty() && monotonic_ns() > again_ns_;
  // A snapshot that was taken and not adopted after all is of no use any more.
  const bool is_used = has_everything(checked_.data) && !checked_.base;
  return name_ == name_of(joined, joined.facts.replication.replid) && !too_old && !is_used ? &checked_
                                                                                           : nullptr;
}

// A person who has made up his mind does not wait for it.
Status UpstreamCheck::say(const std::string& doing) {
  publication_.recover(true, "the upstream " + url_of(upstream_) +
                                 " has a new history; its data are compared with the journal: " + doing);
  const OperatorWord word = read_word(store_.dir());
  if (word == OperatorWord::kAccept || word == OperatorWord::kRecover)
    return Error(ErrorCode::kUnavailable, "the operator has said what holds");
  return {};
}

Result<BaseFile> UpstreamCheck::take_snapshot(Joined& joined, Position& position) {
  auto asked =
      ask_for_snapshot(upstream_, *joined.connection, [&] { (void)say("waiting for a snapshot of it"); });
  if (!asked.ok()) return asked.error();
  position = asked.value();
  auto base = receive_snapshot(upstream_, *joined.connection, store_, [&](uint64_t received, uint64_t) {
    (void)say(std::to_string(received >> 20) + " MiB of its snapshot received");
  });
  joined.connection.reset();
  return base;
}

Result<CheckedUpstream*> UpstreamCheck::look(Joined& joined, const HistoryBreak& what) {
  name_ = name_of(joined, joined.facts.replication.replid);
  checked_ = {};
  again_ns_ = monotonic_ns() + kAgainNs;
  DataComparison comparison;
  comparison.redis_server = upstream_.journal.redis_server;
  comparison.scratch_dir = store_.dir();
  comparison.progress = [this](const std::string& doing) { return say(doing); };
  comparison.untouched = joined.facts.is_untouched();
  if (what.kind == HistoryBreak::Kind::kDiverged) comparison.expected = what.common;
  // Nothing that costs the upstream a fork before it is known to be of use.
  auto program = find_redis_server(comparison.redis_server);
  if (!program.ok()) {
    checked_.unknown = program.error().message();
    return &checked_;
  }
  auto journal = GenerationData::open(store_.dir(), *store_.current(), *store_.position());
  if (!journal.ok()) return journal.error();
  auto base = take_snapshot(joined, checked_.snapshot);
  if (!base.ok()) {
    name_.clear();
    return base.error();
  }
  // Who had no backlog takes a new id with the first replica (replication.c, syncCommand).
  name_ = name_of(joined, checked_.snapshot.replid);
  comparison.rdb = base.value().path();
  auto found = compare_data(*journal.value(), comparison, stop_);
  if (found.ok() && has_everything(found.value())) {
    checked_.data = found.value();
    checked_.base = std::move(base).value();
    return &checked_;
  }
  store_.discard_base();
  if (found.ok()) {
    checked_.data = found.value();
    return &checked_;
  }
  const OperatorWord word = read_word(store_.dir());
  const bool is_said = word == OperatorWord::kAccept || word == OperatorWord::kRecover;
  if (stop_.requested() || is_said || found.error().code() == ErrorCode::kCorrupt) {
    name_.clear();
    return found.error();
  }
  checked_.unknown = found.error().message();
  return &checked_;
}

}  // namespace holdfast::journal
