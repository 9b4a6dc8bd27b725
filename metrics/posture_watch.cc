#include "metrics/posture_watch.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "posture/collect.h"

namespace holdfast::metrics {
namespace {

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
      is_suspected_(was_problem_) {}

PostureWatch::~PostureWatch() {
  stop();
}

void PostureWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void PostureWatch::stop() {
  stop_.request();
  if (thread_.joinable()) thread_.join();
}

void PostureWatch::run() {
  std::unique_ptr<posture::RedisAsker> redis;
  do {
    const Status polled = poll(redis);
    if (polled.ok()) continue;
    redis.reset();
    last_offset_ = -1;  // it may be another server next time
    const std::lock_guard lock(mutex_);
    state_.problem = polled.error().message();
  } while (stop_.sleep_ms(upstream_.posture.poll_interval_ms));
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

void PostureWatch::publish(posture::Facts facts) {
  const uint64_t now_ns = monotonic_ns();
  if (last_offset_ >= 0 && facts.repl_offset && *facts.repl_offset >= last_offset_ && now_ns > last_ns_)
    facts.write_rate =
        static_cast<double>(*facts.repl_offset - last_offset_) * 1e9 / static_cast<double>(now_ns - last_ns_);
  last_offset_ = facts.repl_offset.value_or(-1);
  last_ns_ = now_ns;
  std::vector<posture::Finding> findings = judged(upstream_.posture, facts);
  log_changes(findings);
  const std::lock_guard lock(mutex_);
  state_ = {true, unix_ms(), "", std::move(facts), std::move(findings)};
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
  std::vector<std::string> problems;
  for (const posture::Finding& finding : state().findings)
    if (finding.is_problem() && names(upstream_.posture.unready, finding.rule->name))
      problems.push_back(sentence(upstream_, finding));
  return problems;
}

}  // namespace holdfast::metrics
