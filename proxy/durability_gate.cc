#include "proxy/durability_gate.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "proxy/error_replies.h"
#include "proxy/role_reply.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

// How often an unanswered question is asked again and ack_timeout is looked at, while anything waits.
constexpr uint64_t kTickMs = 20;
constexpr uint64_t kRecheckMs = 500;
constexpr uint64_t kRefusalAgeNs = 100'000'000;
constexpr size_t kSpareMax = 64;
// Questions to a journal elsewhere: this many at the pace of a quick disk, then less often.
constexpr uint64_t kQuickAsks = 16;
constexpr uint64_t kAskMaxMs = 20;
constexpr uint64_t kIdleAskMs = 500;
constexpr uint64_t kNoBarrier = 0;

}  // namespace

DurabilityGate::DurabilityGate(net::Loop& loop, Upstream& upstream, journal::Journal* journal)
    : upstream_(upstream),
      journal_(journal),
      wakeup_(loop, [this] { check(); }),
      timer_(loop, [this] { tick(); }),
      recheck_(loop, [this] { upstream_.recheck_links(); }),
      ask_(loop, [this] { ask_remote(); }) {
  if (journal_ == nullptr) return;
  history_ = journal_->watermark().history.load();
  journal_->add_waker(this);
}

DurabilityGate::~DurabilityGate() = default;

void DurabilityGate::close() {
  wakeup_.close();
  timer_.close();
  recheck_.close();
  ask_.close();
}

bool DurabilityGate::accepts_writes(const UpstreamLink& link) const {
  if (journal_ == nullptr) return false;
  const journal::Watermark& mark = journal_->watermark();
  const uint64_t history = mark.history.load(std::memory_order_acquire);
  return mark.accepting.load(std::memory_order_acquire) && history != 0 && link.history() == history;
}

bool DurabilityGate::awaits_identity(const UpstreamLink& link) const {
  if (journal_ == nullptr) return false;
  const journal::Watermark& mark = journal_->watermark();
  return mark.accepting.load(std::memory_order_acquire) && link.history() != mark.history.load();
}

const std::string& DurabilityGate::refusal(bool of_read) {
  const uint64_t now_ns = upstream_.worker().now_ns();
  if (refusal_.empty() || now_ns - refusal_made_ns_ > kRefusalAgeNs) {
    refusal_made_ns_ = now_ns;
    std::string reason = journal_ == nullptr ? "this upstream has no journal" : journal_->state().reason;
    if (reason.empty()) reason = "the journal is about to be ready";
    refusal_ = error_reply("MISCONF",
                           "the write was not sent to Redis, since it could not be made durable: " + reason);
    read_refusal_ = error_reply(
        "MISCONF",
        "the read was not sent to Redis, since what it sees could not be known to be durable: " + reason);
  }
  return of_read ? read_refusal_ : refusal_;
}

uint64_t DurabilityGate::barrier_for(UpstreamLink& link) {
  if (link.open_barrier() != 0) return link.open_barrier();
  if (!waiting.load(std::memory_order_relaxed)) {
    waiting.store(true);
    journal_->hurry();
  }
  Barrier& barrier = barriers_.emplace_back();
  barrier.link = &link;
  barrier.history = link.history();
  if (!spare_.empty()) {
    barrier.sessions = std::move(spare_.back());
    spare_.pop_back();
  }
  const uint64_t number = first_ + barriers_.size() - 1;
  link.set_open_barrier(number);
  return number;
}

void DurabilityGate::ask_elsewhere(uint64_t number) {
  if (number < first_ || find(number).done) return;
  if (find(number).sessions.empty()) {
    settle(number, true);
    drop_done();
    return;
  }
  find(number).link = nullptr;
  ask_again(number);  // or tick() does
  arm();
}

void DurabilityGate::barrier_answered(uint64_t number, UpstreamLink& link, std::string_view reply) {
  if (&link == asked_ && number == kNoBarrier) asked_ = nullptr;
  RoleReply role;
  const bool readable = parse_role_reply(reply, upstream_.config().journal.name, role);
  // One that is listed and has not acknowledged anything yet says nothing new.
  const bool news = !role.lists_journal || role.journal_offset > 0;
  if (journal_->is_remote() && readable && role.is_master && news)
    journal_->report(link.history(), role.journal_offset);
  if (number == kNoBarrier) return check();
  if (number < first_) return;
  Barrier& barrier = find(number);
  if (barrier.done) return;
  if (barrier.answered_ns == 0) barrier.answered_ns = upstream_.worker().now_ns();
  if (!readable || !role.is_master) {
    settle(number, false);
    drop_done();
    return;
  }
  if (!role.lists_journal || !accepts_writes(link)) {
    // tick() asks again, on a shared link: a later answer of the same server covers these writes too.
    barrier.link = nullptr;
    arm();
    return;
  }
  barrier.located = true;
  barrier.offset = role.offset;
  barrier.link = nullptr;
  check();
  if (!barriers_.empty()) arm();
}

void DurabilityGate::link_lost(UpstreamLink& link) {
  if (asked_ == &link) asked_ = nullptr;
  for (size_t i = 0; i < barriers_.size(); ++i) {
    if (barriers_[i].link == &link && !barriers_[i].done) settle(first_ + i, false);
  }
  drop_done();
}

bool DurabilityGate::hold(uint64_t number, Session& session) {
  if (number < first_ || find(number).done) return false;
  Barrier& barrier = find(number);
  if (barrier.held_ns == 0) {
    barrier.held_ns = upstream_.worker().now_ns();
    arm();  // a Redis that stops between the write's reply and ROLE's must not hold it for ever
  }
  std::vector<Session*>& sessions = barrier.sessions;
  if (sessions.empty() || sessions.back() != &session) sessions.push_back(&session);
  return true;
}

void DurabilityGate::forget(Session& session) {
  for (Barrier& barrier : barriers_) std::erase(barrier.sessions, &session);
}

// The offset is read before the history: if the journal has moved to another history in between, the
// history read afterwards shows it, and the offset is not believed.
void DurabilityGate::check() {
  if (journal_ == nullptr) return;
  const journal::Watermark& mark = journal_->watermark();
  while (true) {
    const uint64_t durable = mark.durable_offset.load();
    const uint64_t history = mark.history.load();
    if (history != history_) {
      for (size_t i = 0; i < barriers_.size(); ++i) {
        if (!barriers_[i].done && barriers_[i].history != history) settle(first_ + i, false);
      }
      drop_done();
      history_ = history;
      upstream_.recheck_links();
      continue;
    }
    watch_upstream();
    release_durable(durable);
    uint64_t wanted = kNothing;
    for (const Barrier& barrier : barriers_) {
      if (barrier.located && !barrier.done) wanted = std::min(wanted, barrier.offset);
    }
    wanted_offset.store(wanted);
    if (wanted != kNothing && mark.durable_offset.load() >= wanted) continue;
    if (journal_->is_remote()) plan_question(wanted != kNothing);
    return;
  }
}

void DurabilityGate::plan_question(bool awaited) {
  if (!awaited) asks_ = 0;
  const uint64_t slow = asks_ < kQuickAsks ? 0 : asks_ - kQuickAsks;
  const uint64_t pause_ms = awaited ? std::min<uint64_t>(1 + slow, kAskMaxMs) : kIdleAskMs;
  // A pause for an idle time ends when somebody begins to wait.
  if (ask_.is_active() && !(awaited && !asking_quickly_)) return;
  asking_quickly_ = awaited;
  ask_.start_once(pause_ms);
}

void DurabilityGate::ask_remote() {
  asking_quickly_ = false;
  UpstreamLink* link = asked_ == nullptr ? upstream_.any_shared_link() : nullptr;
  if (link != nullptr && link->history() == history_) {
    ++asks_;
    asked_ = link;
    link->append_barrier(kNoBarrier);
    return;  // its answer plans the next one
  }
  ask_.start_once(kAskMaxMs);
}

// The journal has lost its upstream, perhaps because that is another Redis now, or has other data: the
// links, which still reach it, are asked until the journal is back.
void DurabilityGate::watch_upstream() {
  refusal_.clear();
  upstream_.journal_changed();
  if (journal_->watermark().accepting.load()) {
    recheck_.stop();
  } else if (!recheck_.is_active()) {
    upstream_.recheck_links();
    recheck_.start_repeating(kRecheckMs);
  }
}

void DurabilityGate::release_durable(uint64_t durable) {
  for (size_t i = 0; i < barriers_.size(); ++i) {
    if (barriers_[i].located && !barriers_[i].done && barriers_[i].offset <= durable)
      settle(first_ + i, true);
  }
  drop_done();
}

void DurabilityGate::settle(uint64_t number, bool durable) {
  Barrier& barrier = find(number);
  barrier.done = true;
  barrier.link = nullptr;
  // Sessions may close, and so call forget(), while they are told.
  std::vector<Session*> sessions = std::move(barrier.sessions);
  for (Session* session : sessions) session->barrier_settled(number, durable);
  sessions.clear();
  if (spare_.size() < kSpareMax) spare_.push_back(std::move(sessions));
}

void DurabilityGate::drop_done() {
  while (!barriers_.empty() && barriers_.front().done) {
    barriers_.pop_front();
    ++first_;
  }
  if (barriers_.empty()) waiting.store(false);
}

// Never on the link of the writes themselves: that may be a private one, by now in the middle of a
// transaction or of a large value, or lent to somebody else.
void DurabilityGate::ask_again(uint64_t number) {
  Barrier& barrier = find(number);
  UpstreamLink* link = upstream_.any_shared_link();
  if (link == nullptr || link->history() != barrier.history) return;
  barrier.link = link;
  link->append_barrier(number);
}

void DurabilityGate::arm() {
  if (!timer_.is_active()) timer_.start_once(kTickMs);
}

void DurabilityGate::tick() {
  const uint64_t now_ns = monotonic_ns();
  for (size_t i = 0; i < barriers_.size(); ++i) {
    const uint64_t number = first_ + i;
    const uint64_t since_ns = barriers_[i].held_ns != 0 ? barriers_[i].held_ns : barriers_[i].answered_ns;
    if (barriers_[i].done || since_ns == 0) continue;
    const uint64_t waited_ns = now_ns > since_ns ? now_ns - since_ns : 0;
    std::vector<Session*> late;
    for (Session* session : barriers_[i].sessions) {
      if (waited_ns >= session->ack_timeout_ns()) late.push_back(session);
    }
    for (Session* session : late) {
      std::erase(barriers_[i].sessions, session);
      session->barrier_settled(number, false);
    }
    if (barriers_[i].sessions.empty()) {
      barriers_[i].done = true;
    } else if (!barriers_[i].located && barriers_[i].link == nullptr) {
      ask_again(number);
    }
  }
  drop_done();
  if (!barriers_.empty()) arm();
}

}  // namespace holdfast::proxy
