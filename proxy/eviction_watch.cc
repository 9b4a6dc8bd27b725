#include "proxy/eviction_watch.h"

#include <utility>

#include "base/log.h"
#include "resp/reply_cursor.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kPeriodNs = 1'000'000'000;

// The value of "maxmemory_policy:..." in the text of INFO, or nothing.
std::string_view policy_in(std::string_view text) {
  constexpr std::string_view kField = "\nmaxmemory_policy:";
  const size_t at = text.find(kField);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + kField.size());
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace

EvictionWatch::EvictionWatch(const config::Config& config, const config::Upstream& upstream,
                             metrics::Notice& notice)
    : upstream_(upstream.name),
      title_("upstream '" + upstream.name + "' (" + upstream.endpoint.value.to_string() + ")"),
      notice_(notice) {
  adopt(config);
}

void EvictionWatch::adopt(const config::Config& config) {
  spaces_.clear();
  for (const config::Environment& environment : config.environments) {
    if (environment.upstream != upstream_) continue;
    for (const config::Keyspace& keyspace : environment.keyspaces) {
      if (!keyspace.critical) continue;
      spaces_.push_back({environment.name, keyspace});
      spaces_.back().config.mode = keyspace.mode.value_or(environment.mode);
    }
  }
  // Asked again at the next look; writes of critical keys wait for the answer.
  policy_ = Policy::kUnknown;
  if (spaces_.empty()) notice_.set("");
}

bool EvictionWatch::is_due(uint64_t now_ns) {
  if (!is_needed() || (policy_ != Policy::kUnknown && now_ns - asked_ns_ < kPeriodNs)) return false;
  asked_ns_ = now_ns;
  return true;
}

bool EvictionWatch::take_reply(std::string_view reply, bool log) {
  const Policy before = policy_;
  std::string_view text;
  std::string_view policy;
  if (resp::ReplyCursor(reply).read_string(text)) policy = policy_in(text);
  if (policy.empty()) {
    policy_ = Policy::kUntold;
    said_ = "it does not say its maxmemory-policy in INFO memory";
  } else {
    policy_ = policy == "noeviction"            ? Policy::kKeeps
              : policy.starts_with("volatile-") ? Policy::kVolatile
                                                : Policy::kAll;
    said_ = "its maxmemory-policy is " + std::string(policy);
  }
  report(log);
  return policy_ != before;
}

bool EvictionWatch::endangers(const config::Keyspace& keyspace) const {
  if (policy_ == Policy::kKeeps) return false;
  if (policy_ != Policy::kVolatile) return true;
  // Of a key that lives for ever a volatile policy takes nothing; in audit mode there may be others.
  return keyspace.ttl.kind != config::TtlRule::Kind::kForbid ||
         keyspace.mode.value_or(config::Mode::kEnforce) == config::Mode::kAudit;
}

void EvictionWatch::report(bool log) {
  std::string refused;
  std::string warned;
  for (const Space& space : spaces_) {
    if (!endangers(space.config)) continue;
    const bool refuses = space.config.on_evictable == config::OnEvictable::kRefuse &&
                         space.config.mode != config::Mode::kAudit;
    std::string& names = refuses ? refused : warned;
    if (!names.empty()) names += ", ";
    names += "'" + space.config.name + "' of environment '" + space.environment + "'";
  }
  std::string problem;
  if (!refused.empty())
    problem = title_ + " may evict keys of the critical keyspaces " + refused + ": " + said_ +
              "; set maxmemory-policy noeviction there; until then writes to these keys are refused";
  notice_.set(problem);
  std::string text = problem;
  if (!warned.empty()) {
    if (!text.empty()) text += "; ";
    text += title_ + " may evict keys of the critical keyspaces " + warned + ", which only warn: " + said_;
  }
  if (text == std::exchange(reported_, text) || !log) return;
  if (text.empty())
    log::info(title_ + " evicts no keys of critical keyspaces any more");
  else
    log::warn(text);
}

}  // namespace holdfast::proxy
