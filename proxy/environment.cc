#include "proxy/environment.h"

#include <utility>

#include "policy/administrative.h"
#include "proxy/upstream.h"

namespace holdfast::proxy {

Gating gating_of(policy::CommandId id, const config::Environment& config) {
  // What nobody knows is never taken for a read.
  const bool may_write = id == policy::kUnknownCommand || policy::command(id).may_write();
  if (!may_write || config.durability.value == config::Durability::kNone) return Gating::kNone;
  return config.durability.value == config::Durability::kSync ? Gating::kHold : Gating::kNeedJournal;
}

Environment::Environment(std::shared_ptr<const config::Environment> config,
                         std::shared_ptr<const policy::Policy> policy, bool audited, Upstream& upstream,
                         metrics::EnvironmentStats& stats, ClientLimit& clients,
                         std::shared_ptr<const tls::Credentials> tls)
    : config_(std::move(config)),
      audited_(audited),
      policy_(std::move(policy)),
      upstream_(upstream),
      stats_(stats),
      clients_(clients),
      tls_(std::move(tls)) {
  make_plans();
}

void Environment::adopt(std::shared_ptr<const config::Environment> config,
                        std::shared_ptr<const policy::Policy> policy, bool audited) {
  config_ = std::move(config);
  policy_ = std::move(policy);
  audited_ = audited;
  make_plans();
}

void Environment::make_plans() {
  plans_.clear();
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    const policy::Decision decision = policy_->decide(id).decision;
    const Route route = decision == policy::Decision::kRefuse ? Route::kRefused : route_of(id);
    // What is refused is told anyway.
    const bool told = audited_ && route != Route::kRefused &&
                      (decision == policy::Decision::kObserve || policy::is_administrative(id));
    plans_.push_back({decision, told ? Route::kAudited : route, gating_of(id, *config_), route});
  }
}

const config::Journal& Environment::journal_config() const {
  return upstream_.config().journal;
}

}  // namespace holdfast::proxy
