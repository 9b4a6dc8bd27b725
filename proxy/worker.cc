#include "proxy/worker.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/scheduling.h"
#include "net/send_batch.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"

namespace holdfast::proxy {
namespace {

// Sessions that are resumed can make others ready; what is left after this many rounds waits a turn.
constexpr int kResumeRoundsMax = 8;
constexpr size_t kSpareHeldMax = 256;
constexpr uint64_t kClientProblemPeriodNs = 1'000'000'000;
// While draining: how often sessions are asked whether they are idle, and how long those that are not may go
// on, with requests that came after SIGTERM too.
constexpr uint64_t kDrainTickMs = 50;
constexpr uint64_t kLastCallNs = 1'000'000'000;
// When another process has taken over the port: how long handshakes that have begun may take, a round trip.
constexpr uint64_t kHandOverMs = 300;
constexpr size_t kKeepLocalReplies = 64 * 1024;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kNsPerSecond = 1'000'000'000;
// Each one costs as much as a few requests.
constexpr uint32_t kSlowPerSecond = 200;
constexpr uint64_t kHotKeysAgeNs = 60 * kNsPerSecond;

// Without a ring there is nothing to be gained by waiting for the end of the turn.
std::unique_ptr<net::SendBatch> open_batch(const config::Server& server, int worker) {
  if (!server.io_uring) return nullptr;
  Result<std::unique_ptr<net::SendRing>> ring = net::SendRing::open();
  if (ring.ok()) return std::make_unique<net::SendBatch>(std::move(ring).value());
  if (worker == 0)
    log::info("io_uring is not available here (" + ring.error().message() +
              "): each reply leaves by a system call of its own");
  return nullptr;
}

}  // namespace

Worker::Worker(int index, const Setup& setup)
    : index_(index),
      config_(setup.config),
      lists_(setup.lists),
      self_(setup.self),
      drain_timeout_ms_(setup.config.server.drain_timeout_ms),
      clients_(setup.clients),
      peers_(setup.workers),
      next_session_(static_cast<uint64_t>(index) + 1),
      recorder_(setup.audit.recorder(static_cast<size_t>(index))),
      read_buffer_(new char[kReadBufferBytes]),
      slow_ns_(static_cast<uint64_t>(setup.config.server.slow_log_threshold_ms) * kNsPerMs) {
  loop_.batch_sends(open_batch(config_.server, index));
  stats_.environments = std::vector<metrics::EnvironmentStats>(config_.environments.size());
  stats_.upstreams = std::vector<metrics::UpstreamStats>(config_.upstreams.size());
  for (size_t i = 0; i < config_.upstreams.size(); ++i)
    upstreams_.push_back(std::make_unique<Upstream>(*this, config_, config_.upstreams[i], setup.journals[i],
                                                    stats_.upstreams[i], setup.tls.upstreams[i]));
  for (size_t i = 0; i < config_.environments.size(); ++i) {
    const config::Environment& environment = config_.environments[i];
    const auto upstream =
        std::find_if(config_.upstreams.begin(), config_.upstreams.end(),
                     [&](const auto& candidate) { return candidate.name == environment.upstream; });
    const auto upstream_index = static_cast<size_t>(upstream - config_.upstreams.begin());
    const bool has_audit_log = !config_.server.audit_log.value.empty();
    // The configuration of the start is there as long as the worker is.
    std::shared_ptr<const config::Environment> not_owned(std::shared_ptr<void>(), &environment);
    environments_.push_back(std::make_unique<Environment>(
        std::move(not_owned), setup.policies[i], has_audit_log, *upstreams_[upstream_index],
        stats_.environments[i], clients_[i], setup.tls.environments[i]));
  }
  wakeup_ = std::make_unique<net::Wakeup>(loop_, [this] { run_posted(); });
  drain_timer_ = std::make_unique<net::Timer>(loop_, [this] {
    // What is still in flight will not be answered in time: without its links, nothing waits for it.
    for (auto& [id, session] : sessions_) session->close();
    for (auto& upstream : upstreams_) upstream->close();
  });
  hand_over_timer_ = std::make_unique<net::Timer>(loop_, [this] { listeners_.clear(); });
  drain_tick_ = std::make_unique<net::Timer>(loop_, [this] { drain_sessions(); });
  ask_timer_ = std::make_unique<net::Timer>(loop_, [this] {
    for (const SessionQuery& query : std::exchange(to_ask_, {})) ask_workers(query);
  });
  turn_end_ = std::make_unique<net::TurnEnd>(loop_, *this);
}

Worker::~Worker() {
  if (!closed_ && !thread_.joinable()) {
    // Never started: the handles still have to be closed, and their callbacks to run.
    close_everything();
    loop_.run();
  }
}

void Worker::start(std::function<void()> finished) {
  finished_ = std::move(finished);
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  // Signals are the main thread's business.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  if (config_.server.scheduling == config::Scheduling::kBatch) schedule_in_batches();
  for (auto& upstream : upstreams_) upstream->start();
  loop_.run();
  finished_();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

bool Worker::post(std::function<void()> task) {
  {
    const std::lock_guard lock(posted_mutex_);
    if (!takes_posts_) return false;
    posted_.push_back(std::move(task));
  }
  wakeup_->send();
  return true;
}

void Worker::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

void Worker::add_listener(size_t environment, net::ListenSocket socket, bool transparent) {
  auto shared = std::make_shared<net::ListenSocket>(std::move(socket));
  post([this, environment, shared, transparent] {
    if (draining_) return;
    auto listener = std::make_unique<net::Listener>(loop_, *this);
    const Status status = listener->listen(std::move(*shared));
    if (!status.ok()) {
      log::error(status.error().message());
      return;
    }
    listeners_.push_back({std::move(listener), environment, transparent});
  });
}

void Worker::drain() {
  post([this] { begin_drain(); });
}

void Worker::begin_drain() {
  if (draining_) return;
  draining_ = true;
  drain_began_ns_ = monotonic_ns();
  bool has_successor = false;
  for (Entry& entry : listeners_) has_successor |= entry.listener->hand_over(workers());
  // One more turn at the least: who has been accepted by the kernel is served.
  hand_over_timer_->start_once(has_successor ? kHandOverMs : 1);
  drain_tick_->start_repeating(kDrainTickMs);
  drain_timer_->start_once(static_cast<uint64_t>(std::max<int64_t>(drain_timeout_ms_, 1)));
}

void Worker::drain_sessions() {
  const auto half_ns = static_cast<uint64_t>(drain_timeout_ms_) * 500'000;
  const bool last_call = monotonic_ns() - drain_began_ns_ >= std::min(kLastCallNs, half_ns);
  for (auto& [id, session] : sessions_) session->drain(last_call);
}

void Worker::has_taken_over(const Endpoint& endpoint) {
  post([this, endpoint] {
    for (Entry& entry : listeners_) {
      if (entry.listener->endpoint() == endpoint) entry.listener->has_taken_over();
    }
  });
}

void Worker::adopt(std::shared_ptr<const PolicySnapshot> snapshot, std::function<void(size_t)> done) {
  if (!post([this, snapshot = std::move(snapshot), done] { adopt_now(*snapshot, done); })) done(0);
}

// Posted tasks run between the callbacks of streams, so no request is in the middle of being decided.
void Worker::adopt_now(const PolicySnapshot& snapshot, const std::function<void(size_t)>& done) {
  drain_timeout_ms_ = snapshot.config->server.drain_timeout_ms;
  slow_ns_ = static_cast<uint64_t>(snapshot.config->server.slow_log_threshold_ms) * kNsPerMs;
  for (size_t i = 0; i < environments_.size(); ++i)
    environments_[i]->adopt(snapshot.environment(i), snapshot.policies[i],
                            !snapshot.config->server.audit_log.value.empty());
  for (auto& upstream : upstreams_) upstream->adopt(*snapshot.config);
  size_t closed = 0;
  for (auto& [id, session] : sessions_) {
    const bool was_over = session->is_over();
    const auto place = std::ranges::find_if(
        environments_, [&](const auto& one) { return one.get() == &session->environment(); });
    session->policy_changed(snapshot.changed[static_cast<size_t>(place - environments_.begin())]);
    if (!was_over && session->is_over()) ++closed;
  }
  done(closed);
}

// Between two requests, as adopt_now().
void Worker::halt_writes(size_t upstream, std::shared_ptr<const metrics::WriteHalt> halt) {
  post([this, upstream, halt = std::move(halt)] {
    for (auto& environment : environments_) {
      if (&environment->upstream() != upstreams_[upstream].get() || !environment->halt_writes(halt)) continue;
      for (auto& [id, session] : sessions_)
        if (&session->environment() == environment.get()) session->plans_changed();
    }
  });
}

void Worker::close_everything() {
  closed_ = true;
  {
    const std::lock_guard lock(posted_mutex_);
    takes_posts_ = false;
  }
  run_posted();  // other workers may wait for the answer
  wakeup_->close();
  listeners_.clear();
  for (auto& upstream : upstreams_) upstream->close();
  drain_timer_->close();
  hand_over_timer_->close();
  drain_tick_->close();
  ask_timer_->close();
  turn_end_->close();
}

void Worker::connection_waiting(net::Listener& listener) {
  const auto place = std::find_if(listeners_.begin(), listeners_.end(), [&](const auto& candidate) {
    return candidate.listener.get() == &listener;
  });
  Environment& environment = *environments_[place->environment];
  const uint64_t id = next_session_;
  next_session_ += static_cast<uint64_t>(config_.server.workers);
  auto session = std::make_unique<Session>(*this, environment, id);
  const bool full = environment.clients().connected.fetch_add(1, std::memory_order_relaxed) >=
                    environment.config().max_clients;
  Session& accepted = *sessions_.emplace(id, std::move(session)).first->second;
  const Status status = accepted.accept(listener);
  if (!status.ok()) {
    environment.clients().connected.fetch_sub(1, std::memory_order_relaxed);
    resume_later(accepted);  // freed at the end of the turn
    return;
  }
  if (place->transparent) {
    const std::string refusal = transparent_entry_.refusal(accepted.stream(), environment, now_ns());
    if (!refusal.empty()) {
      accepted.deliver(refusal.data(), refusal.size());
      accepted.leave();
      return;
    }
  }
  if (!full && accepted.enter_by_name()) return;
  environment.stats().connections_refused.add();
  accepted.deliver(kMaxClients.data(), kMaxClients.size());
  accepted.close();
}

uint64_t Worker::now_ns() {
  if (now_ns_ == 0) now_ns_ = monotonic_ns();
  return now_ns_;
}

bool Worker::may_note_slow(uint64_t now_ns) {
  if (std::exchange(slow_second_, now_ns / kNsPerSecond) != now_ns / kNsPerSecond) slow_in_second_ = 0;
  return ++slow_in_second_ <= kSlowPerSecond;
}

// What was hot a while ago is not hot for ever.
void Worker::offer_hot_key(std::string_view key) {
  if (hot_keys_aged_ns_ == 0) hot_keys_aged_ns_ = now_ns();
  if (now_ns() - hot_keys_aged_ns_ > kHotKeysAgeNs) {
    hot_keys_aged_ns_ = now_ns();
    stats_.hot_keys.age();
  }
  stats_.hot_keys.offer(key);
}

void Worker::resume_later(Session& session) {
  if (std::exchange(session.is_queued_to_resume, true)) return;
  to_resume_.push_back(&session);
}

void Worker::resume_waiting_for_link() {
  for (auto& [id, session] : sessions_) {
    if (session->waits_for_link()) resume_later(*session);
  }
}

bool Worker::is_in_use(const LinkGroup& group) const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [&](const auto& entry) { return entry.second->refers_to(group); });
}

void Worker::resume_waiting_for_room() {
  for (auto& [id, session] : sessions_) {
    if (session->waits_for_room()) resume_later(*session);
  }
}

void Worker::answer_locally(Session& session, std::string_view reply) {
  if (local_replies_.size() > kKeepLocalReplies) send_local_replies(session);
  local_replies_.append(reply);
}

void Worker::send_local_replies(Session& session) {
  if (local_replies_.empty()) return;
  session.deliver(local_replies_.data(), local_replies_.size());
  local_replies_.clear();
  if (local_replies_.capacity() > 2 * kKeepLocalReplies) std::string().swap(local_replies_);
}

std::unique_ptr<HeldReplies> Worker::take_held_replies() {
  if (spare_held_.empty()) return std::make_unique<HeldReplies>();
  auto held = std::move(spare_held_.back());
  spare_held_.pop_back();
  return held;
}

void Worker::recycle(std::unique_ptr<HeldReplies> held) {
  held->clear();
  if (spare_held_.size() < kSpareHeldMax && held->capacity() <= kKeepLocalReplies)
    spare_held_.push_back(std::move(held));
}

void Worker::log_client_problem(const std::string& text) {
  if (client_problem_logged_ns_ != 0 && now_ns() - client_problem_logged_ns_ < kClientProblemPeriodNs) {
    ++client_problems_unsaid_;
    return;
  }
  client_problem_logged_ns_ = now_ns();
  const uint64_t unsaid = std::exchange(client_problems_unsaid_, 0);
  log::warn(unsaid == 0 ? text : text + " (and " + std::to_string(unsaid) + " more such problems before)");
}

// One look at the clock for all of it: when the turn ended is when its writes were written.
void Worker::record_turn() {
  if (now_ns_ == 0 && flushed_.empty()) return;
  const uint64_t ended_ns = monotonic_ns();
  for (const uint32_t flush : flushed_) sent_.written(flush, ended_ns);
  flushed_.clear();
  if (now_ns_ != 0) stats_.loop_turns.record(ended_ns - now_ns_);
}

// Sessions first: what they send joins what the links have gathered. Then one write per link. Sessions
// that are done with are freed last, when nothing of this turn can point at them any more.
void Worker::turn_ended() {
  std::vector<uint64_t> done;
  for (int round = 0; round < kResumeRoundsMax && !to_resume_.empty(); ++round) {
    resuming_.swap(to_resume_);
    for (Session* session : resuming_) {
      session->is_queued_to_resume = false;
      session->resume();
      if (session->can_be_freed()) done.push_back(session->id());
    }
    resuming_.clear();
  }
  // Before the links: Redis would be back sooner, but with fewer requests at a time (docs/performance.md).
  net::SendBatch* const batch = loop_.send_batch();
  if (batch != nullptr) batch->flush();
  for (size_t i = 0; i < links_to_flush_.size(); ++i) links_to_flush_[i]->flush();
  links_to_flush_.clear();
  // A link that turned out to be broken has told its clients.
  if (batch != nullptr) batch->flush();
  record_turn();
  for (const uint64_t id : done) {
    const auto session = sessions_.find(id);
    if (session != sessions_.end() && session->second->can_be_freed()) sessions_.erase(session);
  }
  now_ns_ = 0;
  if (draining_ && !closed_ && sessions_.empty() && listeners_.empty()) close_everything();
  if (!to_resume_.empty() && !closed_) wakeup_->send();
}

}  // namespace holdfast::proxy
