#include "journal/remote_journal.h"

#include <algorithm>

#include "base/log.h"
#include "journal/upstream_login.h"

namespace holdfast::journal {

RemoteJournal::RemoteJournal(const config::Upstream& upstream, Publication& publication)
    : name_(upstream.journal.via),
      missing_("the journal '" + upstream.journal.via + "' (via) is not attached to the upstream " +
               url_of(upstream) + "; start it, or see its own /readyz"),
      publication_(publication) {
  publication_.refuse(missing_);
}

MembershipAnswer RemoteJournal::check_membership(const ReplicationInfo& info) {
  const std::lock_guard lock(mutex_);
  const auto ours = std::find_if(info.replicas.begin(), info.replicas.end(),
                                 [this](const ReplicaInfo& replica) { return replica.name == name_; });
  // At offset 0 nothing has been written that could be acknowledged.
  const bool vouched = info.role == "master" && ours != info.replicas.end() && ours->online &&
                       (ours->acknowledged > 0 || info.repl_offset == 0);
  if (!vouched) {
    if (known_ && membership_of(info, known_) == Membership::kBelongs)
      return {Membership::kBelongs, publication_.watermark().history.load()};
    return {Membership::kNotReadYet, 0};
  }
  if (!known_ || known_->replid != info.replid) {
    known_ = Position{info.replid, ours->acknowledged};
    publication_.adopt(*known_, true);
    publication_.directory_read();
  }
  advance(ours->acknowledged);
  return {Membership::kBelongs, publication_.watermark().history.load()};
}

void RemoteJournal::report(uint64_t history, uint64_t acknowledged) {
  const std::lock_guard lock(mutex_);
  // A link to a server that was the primary before may still be there.
  if (!known_ || history != publication_.watermark().history.load()) return;
  if (acknowledged > 0)
    advance(acknowledged);
  else
    refuse();
}

void RemoteJournal::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  publication_.refuse("Holdfast is stopping");
}

void RemoteJournal::advance(uint64_t acknowledged) {
  if (stopped_) return;
  if (acknowledged > known_->offset) {
    known_->offset = acknowledged;
    publication_.advance(acknowledged);
    publication_.stats().received_offset.set(acknowledged);
  }
  if (publication_.watermark().accepting.load()) return;
  publication_.accept();
  log::info("the journal '" + name_ + "' is attached: writes are confirmed by it");
}

void RemoteJournal::refuse() {
  if (stopped_ || !publication_.watermark().accepting.load()) return;
  publication_.refuse(missing_);
  log::warn(missing_ + "; writes that need it are refused");
}

}  // namespace holdfast::journal
