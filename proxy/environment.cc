#include "proxy/environment.h"

#include <utility>

#include "proxy/upstream.h"

namespace holdfast::proxy {
namespace {

// What nobody knows is never taken for a read.
bool may_write(policy::CommandId id) {
  return id == policy::kUnknownCommand || policy::command(id).may_write();
}

}  // namespace

Environment::Environment(const config::Environment& config, std::shared_ptr<const policy::Policy> policy,
                         Upstream& upstream, metrics::EnvironmentStats& stats, ClientLimit& clients,
                         std::shared_ptr<const tls::Credentials> tls)
    : config_(config),
      policy_(std::move(policy)),
      upstream_(upstream),
      stats_(stats),
      clients_(clients),
      tls_(std::move(tls)) {
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    const policy::Decision decision = policy_->decide(id).decision;
    const Route route = decision == policy::Decision::kRefuse ? Route::kRefused : route_of(id);
    const bool looks = route != Route::kRefused && needs_look(id);
    const Gating gating = may_write(id) ? gating_of(policy_->keyspaces().strictest()) : Gating::kNone;
    plans_.push_back({decision, looks ? Route::kLook : route, gating, route});
  }
}

bool Environment::needs_look(policy::CommandId id) const {
  return policy_->keyspaces().concerns(id);
}

const config::Journal& Environment::journal_config() const {
  return upstream_.config().journal;
}

}  // namespace holdfast::proxy
