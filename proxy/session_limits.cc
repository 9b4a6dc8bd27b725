// What a session may do how often: rates, sizes, unbounded reads, blocking commands.
#include <utility>

#include "policy/refusal.h"
#include "policy/unbounded_reads.h"
#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/words.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using metrics::RequestVerdict;

constexpr std::string_view kUnboundedRule = "unbounded_reads";

}  // namespace

policy::TokenBucket& Session::bucket(size_t index, std::string_view limit, const config::Rate& rate,
                                     uint64_t burst, config::LimitPer per) {
  if (buckets_.size() <= index) buckets_.resize(index + 1);
  if (buckets_[index] == nullptr) {
    LimitBuckets& all = environment_.clients().buckets;
    const uint64_t now_ns = worker_.now_ns();
    switch (per) {
      case config::LimitPer::kConnection:
        buckets_[index] = std::make_shared<policy::TokenBucket>(rate, burst);
        break;
      case config::LimitPer::kEnvironment:
        buckets_[index] = all.find(limit, rate, burst, "", now_ns);
        break;
      case config::LimitPer::kAddress:
        buckets_[index] = all.find(limit, rate, burst, "@" + address(), now_ns);
        break;
      case config::LimitPer::kUser:
        buckets_[index] = all.find(limit, rate, burst, user_name(), now_ns);
        break;
    }
  }
  return *buckets_[index];
}

// Nothing: within all limits, or only reported. Otherwise the error reply. `rule` is the one that refuses or
// reports. A request that has to wait is looked at again, but pays only once.
std::optional<std::string> Session::exceeded(policy::CommandId id, Arguments arguments, RuleName& rule) {
  const policy::Limits& limits = environment_.policy().limits();
  const auto is_refused = [&](const config::Limit& limit) {
    rule = {limit.name, limit.where.to_string(), metrics::RefusalReason::kLimit};
    return limit.mode != config::Mode::kAudit;
  };
  for (const uint16_t index : limits.of(id)) {
    const config::Limit& limit = limits.limit(index);
    const auto excess = policy::Limits::excess(limit, arguments);
    if (excess != policy::Limits::Excess::kNone && is_refused(limit))
      return limits.size_refusal(id, limit, excess);
  }
  if (auto refusal = unbounded_read(id, arguments, rule)) return refusal;
  if (limits_paid_) return std::nullopt;
  limits_paid_ = true;
  for (const uint16_t index : limits.of(id)) {
    const config::Limit& limit = limits.limit(index);
    if (!limit.rate) continue;
    const uint64_t wait_ns =
        bucket(index, limit.name, *limit.rate, limit.burst, limit.per).take(worker_.now_ns());
    if (wait_ns != 0 && is_refused(limit)) return limits.rate_refusal(id, limit, wait_ns);
  }
  return std::nullopt;
}

std::optional<std::string> Session::unbounded_read(policy::CommandId id, Arguments arguments,
                                                   RuleName& rule) {
  const config::Environment& config = environment_.config();
  if (config.unbounded_reads == config::UnboundedReads::kAllow || !policy::is_unbounded_read(id, arguments))
    return std::nullopt;
  const RuleName this_rule{std::string(kUnboundedRule), config.where.to_string(),
                           metrics::RefusalReason::kUnboundedRead};
  if (config.unbounded_reads == config::UnboundedReads::kReport || config.mode == config::Mode::kAudit) {
    rule = this_rule;
    return std::nullopt;
  }
  if (config.unbounded_reads == config::UnboundedReads::kRefuse) {
    rule = this_rule;
    return policy::refusal("'" + command_label(id) + "', whose reply has no bound,", config.name,
                           kUnboundedRule);
  }
  if (limits_paid_) return std::nullopt;
  config::Limit limit;
  limit.name = kUnboundedRule;
  limit.rate = config.unbounded_rate;
  const uint64_t wait_ns =
      bucket(environment_.policy().limits().count(), limit.name, *limit.rate, 0, limit.per)
          .take(worker_.now_ns());
  if (wait_ns == 0) return std::nullopt;
  rule = this_rule;
  return environment_.policy().limits().rate_refusal(id, limit, wait_ns);
}

// --- Blocking commands ----------------------------------------------------------------------------------

bool Session::may_block() {
  const auto& max = environment_.config().max_blocking;
  if (!max || counts_as_blocking_) return true;
  std::atomic<int>& blocking = environment_.clients().blocking;
  if (blocking.fetch_add(1, std::memory_order_relaxed) < *max) {
    counts_as_blocking_ = true;
    return true;
  }
  blocking.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void Session::blocks_no_more() {
  if (!std::exchange(counts_as_blocking_, false)) return;
  environment_.clients().blocking.fetch_sub(1, std::memory_order_relaxed);
}

Session::Step Session::refuse_to_block(policy::CommandId id) {
  count_refusal(metrics::RefusalReason::kBlocking, id, {}, "max_blocking", false);
  return answer(id,
                error_reply("TRYAGAIN", "'" + command_label(id) + "' was not sent to Redis: " +
                                            std::to_string(*environment_.config().max_blocking) +
                                            " clients of environment '" + environment_.config().name +
                                            "' are in blocking commands already (max_blocking)"),
                RequestVerdict::kRefused);
}

}  // namespace holdfast::proxy
