#include "proxy/environment.h"

#include <algorithm>
#include <utility>

#include "policy/unbounded_reads.h"
#include "proxy/upstream.h"
#include "proxy/words.h"

namespace holdfast::proxy {
namespace {

// What nobody knows is never taken for a read.
bool may_write(policy::CommandId id) {
  return id == policy::kUnknownCommand || policy::command(id).may_write();
}

// Their replies say nothing about what is in Redis: +OK, always.
bool tells_nothing(policy::CommandId id) {
  static const policy::CommandId ids[] = {policy::find_command("mset"), policy::find_command("setex"),
                                          policy::find_command("psetex"), policy::find_command("hmset")};
  return std::ranges::find(ids, id) != std::end(ids);
}

policy::CommandId set_command() {
  static const policy::CommandId set = policy::find_command("set");
  return set;
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
    const Gating gating =
        gating_with_reads(id, may_write(id) ? gating_of(policy_->keyspaces().strictest()) : Gating::kNone);
    plans_.push_back({decision, looks ? Route::kLook : route, gating, route});
  }
}

bool Environment::needs_look(policy::CommandId id) const {
  return policy_->keyspaces().concerns(id) ||
         (!policy_->key_prefix().empty() && policy::KeyPrefix::concerns(id)) ||
         !policy_->limits().of(id).empty() ||
         (config_.unbounded_reads != config::UnboundedReads::kAllow && policy::may_be_unbounded(id)) ||
         (reads_are_durable() && id == set_command());
}

Gating Environment::gating_with_reads(policy::CommandId id, Gating of_write) const {
  if (!reads_are_durable() || tells_nothing(id)) return of_write;
  const bool sees_data = may_write(id) || policy::command(id).has(policy::kReadonly);
  return sees_data ? combine(of_write, Gating::kHoldRead) : of_write;
}

Gating Environment::gating(policy::CommandId id, config::Durability durability,
                           std::span<const std::string_view> arguments) const {
  const Gating of_write = may_write(id) ? gating_of(durability) : Gating::kNone;
  // SET key value, with a time or not: +OK.
  if (id == set_command() && std::none_of(arguments.begin() + std::min<size_t>(3, arguments.size()),
                                          arguments.end(), [](std::string_view option) {
                                            return equals(option, "GET") || equals(option, "NX") ||
                                                   equals(option, "XX");
                                          }))
    return of_write;
  return gating_with_reads(id, of_write);
}

const config::Journal& Environment::journal_config() const {
  return upstream_.config().journal;
}

}  // namespace holdfast::proxy
