#include "metrics/posture_watch.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/write_halt.h"
#include "posture/collect.h"

namespace holdfast::metrics {
namespace {

// How long nobody need know that a Redis is what it has to be, or that it is there again.
constexpr int64_t kUrgentMs = 1'000;
constexpr int64_t kReconnectMs = 100;

using Names = std::vector<config::Located<std::string>>;

bool names(const Names& list, std::string_view rule) {
  return std::ranges::any_of(list, [&](const auto& name) { return name.value == rule; });
}

// What is ignored on purpose is no finding.
std::vector<posture::Finding> judged(const config::Posture& config, const posture::Facts& facts) {
  std::vector<posture::Finding> findings = posture::judge(facts);
  std::erase_if(findings,
                [&](const posture::Finding& finding) { return names(config.ignore, finding.rule->name); });
  return findings;
}

std::string sentence(const config::Upstream& upstream, const posture::Finding& finding) {
  return "the posture of upstream '" + upstream.name + "' (rule '" + std::string(finding.rule->name) +
         "'): " + finding.check.reason + "; " + std::string(finding.rule->what_to_do);
}

}  // namespace

PostureWatch::PostureWatch(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls)
    : upstream_(upstream),
      tls_(std::move(tls)),
      was_problem_(posture::rules().size(), false),
      is_suspected_(was_problem_),
      config_(upstream.posture) {
  judge();
}

PostureWatch::~PostureWatch() {
  stop();
}

void PostureWatch::on_halt(OnHalt on_halt) {
  const std::lock_guard lock(mutex_);
  on_halt_ = std::move(on_halt);
  on_halt_(state_.halt);
}

void PostureWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void PostureWatch::stop() {
  stop_.request();
  if (thread_.joinable()) thread_.join();
}

void PostureWatch::adopt(const config::Posture& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  judge();
}

void PostureWatch::run() {
  std::unique_ptr<posture::RedisAsker> redis;
  do {
    const bool was_connected = redis != nullptr;
    Status polled = poll(redis);
    if (polled.ok()) continue;
    redis.reset();
    last_offset_ = -1;  // it may be another server next time
    // A connection that has ended since the last poll says nothing about who is there now.
    if (was_connected) polled = poll(redis);
    if (polled.ok()) continue;
    redis.reset();
    unanswered(polled.error());
  } while (pause(redis));
}

// False: it is to stop.
bool PostureWatch::pause(std::unique_ptr<posture::RedisAsker>& redis) {
  int64_t pause_ms = 0;
  {
    const std::lock_guard lock(mutex_);
    pause_ms = config_.poll_interval_ms;
    const bool urgent = state_.halt || (!config_.require.empty() && redis == nullptr);
    if (urgent) pause_ms = std::min(pause_ms, kUrgentMs);
  }
  if (redis == nullptr) return stop_.sleep_ms(pause_ms);
  if (!redis->wait_for_its_end(pause_ms)) return !stop_.requested();
  redis.reset();
  last_offset_ = -1;
  return stop_.sleep_ms(kReconnectMs);
}

Status PostureWatch::poll(std::unique_ptr<posture::RedisAsker>& redis) {
  if (redis == nullptr) {
    auto connected = posture::RedisAsker::connect(upstream_, tls_.get(), stop_);
    if (!connected.ok()) return connected.error();
    redis = std::move(connected).value();
  }
  auto facts = posture::collect(*redis, upstream_.journal.name);
  if (!facts.ok()) return facts.error();
  publish(std::move(facts).value());
  return {};
}

void PostureWatch::unanswered(const Error& error) {
  if (stop_.requested()) return;
  const std::lock_guard lock(mutex_);
  state_.problem = error.message();
  settle_halt();
}

void PostureWatch::publish(posture::Facts facts) {
  const uint64_t now_ns = monotonic_ns();
  if (last_offset_ >= 0 && facts.repl_offset && *facts.repl_offset >= last_offset_ && now_ns > last_ns_)
    facts.write_rate =
        static_cast<double>(*facts.repl_offset - last_offset_) * 1e9 / static_cast<double>(now_ns - last_ns_);
  last_offset_ = facts.repl_offset.value_or(-1);
  last_ns_ = now_ns;
  std::vector<posture::Finding> findings;
  {
    const std::lock_guard lock(mutex_);
    state_.unix_ms = unix_ms();
    state_.problem.clear();
    state_.facts = std::move(facts);
    judge();
    findings = state_.findings;
  }
  log_changes(findings);
}

void PostureWatch::judge() {
  if (state_.unix_ms != 0) {
    state_.findings = judged(config_, state_.facts);
    state_.answer = posture::answer(state_.facts, state_.findings);
  }
  state_.required.clear();
  for (const auto& name : config_.require) state_.required.push_back(name.value);
  settle_halt();
}

void PostureWatch::settle_halt() {
  std::optional<WriteHalt> halt = write_halt(upstream_.name, config_, state_);
  if (halt == state_.halt) return;
  state_.halt = std::move(halt);
  if (on_halt_ == nullptr) return;
  on_halt_(state_.halt);
  log_halt();
}

// Once when it begins, or is for another rule, and once when it ends: what Redis says may change all the
// time.
void PostureWatch::log_halt() {
  const bool never_asked = state_.unix_ms == 0;
  const std::string news = !state_.halt ? "" : never_asked ? state_.halt->reason : state_.halt->rule;
  if (std::exchange(logged_halt_, news) == news) return;
  const std::string what = "writes through upstream '" + upstream_.name + "' are ";
  if (state_.halt)
    log::warn(what + "refused: " + state_.halt->reason);
  else
    log::info(what + "taken: " +
              (state_.required.empty() ? "require names no rule any more" : "every rule of require is met"));
}

// Once when a rule is not met by two polls in a row (at the start the journal is yet to join), and once when
// it is met again.
void PostureWatch::log_changes(const std::vector<posture::Finding>& findings) {
  for (const posture::Finding& finding : findings) {
    if (finding.rule->severity == posture::Severity::kInfo) continue;
    const auto place = static_cast<size_t>(finding.rule - posture::rules().data());
    const bool is_problem = finding.is_problem() && is_suspected_[place];
    is_suspected_[place] = finding.is_problem();
    if (was_problem_[place] == is_problem) continue;
    was_problem_[place] = is_problem;
    if (is_problem)
      log::warn(sentence(upstream_, finding));
    else
      log::info("the posture of upstream '" + upstream_.name + "' (rule '" + std::string(finding.rule->name) +
                "') is well again: " + finding.check.reason);
  }
}

PostureState PostureWatch::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::vector<std::string> PostureWatch::problems() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> problems;
  if (state_.halt)
    problems.push_back("writes through upstream '" + upstream_.name +
                       "' are refused: " + state_.halt->reason);
  for (const posture::Finding& finding : state_.findings)
    if (finding.is_problem() && names(config_.unready, finding.rule->name) &&
        !(state_.halt && state_.halt->rule == finding.rule->name))
      problems.push_back(sentence(upstream_, finding));
  return problems;
}

std::vector<std::string> PostureWatch::notes() const {
  const std::lock_guard lock(mutex_);
  if (config_.require.empty() || state_.unix_ms == 0 || state_.problem.empty()) return {};
  return {"the posture of upstream '" + upstream_.name + "' cannot be asked now (" + state_.problem +
          "); what it was last is what `require` goes by"};
}

}  // namespace holdfast::metrics
