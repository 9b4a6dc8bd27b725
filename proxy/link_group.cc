#include "proxy/link_group.h"

#include <algorithm>
#include <random>

#include "base/log.h"
#include "proxy/upstream.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kBackoffFirstMs = 20;
constexpr uint64_t kBackoffMaxMs = 1'000;
// A Redis that makes no users will not do so the next moment.
constexpr uint64_t kLoginRetryNs = 5'000'000'000;
// As long as a write may wait for the disk, unless ack_timeout says otherwise.
constexpr uint64_t kAwaitedMaxNs = 5'000'000'000;

// A thousand sidecars that lost the same Redis must not come back in step.
uint64_t with_jitter(uint64_t ms) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return ms / 2 + random() % (ms / 2 + 1);
}

}  // namespace

LinkGroup::LinkGroup(Upstream& upstream, LinkKey key) : upstream_(upstream), key_(key) {
  for (int i = 0; i < upstream.config().links; ++i) {
    Slot& slot = *slots_.emplace_back(std::make_unique<Slot>());
    slot.retry = std::make_unique<net::Timer>(upstream.worker().loop(), [this, &slot] { connect(slot); });
  }
  count_as_wanted(true);
}

LinkGroup::~LinkGroup() = default;

void LinkGroup::count_as_wanted(bool wanted) {
  if (wanted == wanted_) return;
  wanted_ = wanted;
  if (wanted)
    upstream_.stats().links_wanted.add(slots_.size());
  else
    upstream_.stats().links_wanted.sub(slots_.size());
}

void LinkGroup::start() {
  for (auto& slot : slots_) connect(*slot);
}

void LinkGroup::connect(Slot& slot) {
  if (closing_ || slot.link != nullptr) return;
  slot.link = std::make_unique<UpstreamLink>(upstream_, *this, key_);
  slot.link->send_one_batch_at_a_time();
  slot.link->connect();
}

LinkGroup::Slot& LinkGroup::slot_of(const UpstreamLink& link) {
  return **std::find_if(slots_.begin(), slots_.end(),
                        [&](const auto& slot) { return slot->link.get() == &link; });
}

void LinkGroup::link_ready(UpstreamLink& link) {
  Slot& slot = slot_of(link);
  slot.ready = &link;
  slot.backoff_ms = 0;
  awaited_ns_ = 0;
  facts_ = link.facts();
  if (key_.login != nullptr && !key_.login->is_clients()) upstream_.report_login_accepted();
  if (key_ == LinkKey{} && &slot == slots_.front().get()) upstream_.preload_on(link);
  upstream_.stats().links_up.add();
  upstream_.report_reachable();
  upstream_.link_is_ready(link);
  upstream_.worker().resume_waiting_for_link();
}

void LinkGroup::link_lost(UpstreamLink& link, const Error& error) {
  Slot& slot = slot_of(link);
  if (!upstream_.journal_is_reading()) ++slot.attempts;
  if (slot.ready != nullptr) {
    slot.ready = nullptr;
    upstream_.stats().links_up.sub();
    upstream_.stats().disconnects.add();
  } else {
    upstream_.stats().connect_failures.add();
  }
  if (link.was_refused_database() || link.was_refused_login()) {
    (link.was_refused_login() ? login_refusal_ : database_refusal_) = error.message();
    if (link.was_refused_login()) {
      login_refused_ns_ = upstream_.worker().now_ns();
      if (!key_.login->is_clients()) upstream_.report_login_refused(key_.login->user, error);
    }
    awaited_ns_ = 0;  // that was an answer: who asks later waits for his own
    count_as_wanted(false);
  } else {
    upstream_.report_unreachable(error);
  }
  upstream_.worker().resume_waiting_for_link();
}

void LinkGroup::link_closed(UpstreamLink& link) {
  Slot& slot = slot_of(link);
  slot.link.reset();
  if (closing_ || is_refused()) return;
  slot.backoff_ms = std::clamp(slot.backoff_ms * 2, kBackoffFirstMs, kBackoffMaxMs);
  slot.retry->start_once(with_jitter(slot.backoff_ms));
}

bool LinkGroup::is_first_try(size_t slot) {
  if (slots_[slot]->attempts != 0) return false;
  const uint64_t now_ns = upstream_.worker().now_ns();
  if (awaited_ns_ == 0) awaited_ns_ = now_ns;
  return now_ns - awaited_ns_ < kAwaitedMaxNs;
}

void LinkGroup::retry_now() {
  for (auto& slot : slots_) {
    slot->backoff_ms = 0;
    if (slot->link == nullptr && slot->retry->is_active()) slot->retry->start_once(0);
  }
}

bool LinkGroup::is_dead() const {
  return (is_refused() || closing_) &&
         std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->link == nullptr; });
}

void LinkGroup::try_again() {
  database_refusal_.clear();
  login_refusal_.clear();
  count_as_wanted(true);
  for (auto& slot : slots_) {
    slot->attempts = 0;
    connect(*slot);
  }
}

bool LinkGroup::may_try_login_again() const {
  return upstream_.worker().now_ns() - login_refused_ns_ >= kLoginRetryNs;
}

void LinkGroup::recheck() {
  for (auto& slot : slots_) {
    if (slot->ready != nullptr) slot->ready->ask_identity();
  }
}

void LinkGroup::check_health() {
  for (auto& slot : slots_) {
    if (slot->ready != nullptr) slot->ready->check_health();
  }
}

void LinkGroup::close() {
  closing_ = true;
  for (auto& slot : slots_) {
    slot->retry->close();
    if (slot->ready != nullptr) {
      slot->ready = nullptr;
      upstream_.stats().links_up.sub();
    }
    if (slot->link != nullptr) slot->link->close();
  }
  count_as_wanted(false);
}

}  // namespace holdfast::proxy
