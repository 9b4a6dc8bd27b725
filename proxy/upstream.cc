#include "proxy/upstream.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "proxy/error_replies.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

using Trouble = metrics::UpstreamTrouble::Kind;

constexpr uint64_t kHealthMinMs = 25;
constexpr uint64_t kHealthMaxMs = 500;
constexpr size_t kAddressesMax = 16;

}  // namespace

Upstream::Upstream(Worker& worker, const config::Config& all, const config::Upstream& config,
                   journal::Journal* journal, metrics::UpstreamStats& stats,
                   std::shared_ptr<const tls::Credentials> tls)
    : worker_(worker),
      config_(config),
      journal_(journal),
      stats_(stats),
      tls_(std::move(tls)),
      unavailable_reply_(error_reply("MASTERDOWN", "upstream '" + config.name + "' is not connected yet")),
      gate_(worker.loop(), *this, journal),
      health_(worker.loop(), [this] { check_health(); }),
      private_links_(*this),
      eviction_(all, config, stats.eviction) {}

void Upstream::start() {
  group(LinkKey{});
  const auto limit_ms = static_cast<uint64_t>(config_.connect_timeout_ms);
  health_.start_repeating(std::clamp<uint64_t>(limit_ms / 4, kHealthMinMs, kHealthMaxMs));
}

void Upstream::check_health() {
  for (auto& group : groups_) group->check_health();
  UpstreamLink* link = any_shared_link();
  if (link != nullptr && eviction_.is_due(worker_.now_ns())) link->ask_eviction();
}

// Asked before anything else on this link. A second link to the same Redis need not make everybody wait.
void Upstream::link_is_ready(UpstreamLink& link) {
  if (!eviction_.is_needed()) return;
  if (stats_.links_up.get() <= 1) eviction_.forget();
  link.ask_eviction();
}

void Upstream::eviction_told(std::string_view reply) {
  if (eviction_.take_reply(reply, worker_.index() == 0)) worker_.resume_waiting_for_link();
}

void Upstream::close() {
  for (auto& group : groups_) group->close();
  private_links_.close();
  health_.close();
  gate_.close();
}

LinkGroup* Upstream::group(LinkKey key) {
  for (auto& group : groups_) {
    if (group->key() == key && !group->is_closing()) return group.get();
  }
  // Databases that do not exist must not take the room of those that do.
  if (groups_.size() >= kGroupsMax) {
    std::erase_if(groups_, [&](const auto& group) {
      if (!group->is_dead() || worker_.is_in_use(*group)) return false;
      group->close();
      return true;
    });
    // Logins that nobody uses any more: their room is free as soon as their links are closed.
    for (auto& group : groups_) {
      if (group->key().login != nullptr && !worker_.is_in_use(*group)) group->close();
    }
  }
  if (groups_.size() >= kGroupsMax) return nullptr;
  groups_.push_back(std::make_unique<LinkGroup>(*this, key));
  groups_.back()->start();
  return groups_.back().get();
}

Result<uint64_t> Upstream::check_history(const journal::ReplicationInfo& info) const {
  if (journal_ == nullptr) return uint64_t{0};
  const journal::MembershipAnswer answer = journal_->check_membership(info);
  journal_is_reading_ = answer.membership == journal::Membership::kNotReadYet;
  if (journal_is_reading_) {
    const std::string reason = journal_->state().reason;
    return Error(ErrorCode::kUnavailable,
                 "its journal is not there yet" + (reason.empty() ? "; it is asked again" : ": " + reason));
  }
  if (answer.membership != journal::Membership::kForeign) return answer.history;
  const journal::JournalState state = journal_->state();
  if (state.recovering) return Error(ErrorCode::kCorrupt, state.reason);
  return Error(ErrorCode::kCorrupt,
               "Redis came back with another history than the journal's, so its answers cannot be believed; "
               "see /readyz");
}

bool Upstream::is_at(const std::string& address) const {
  return address == net::Stream::name_of(config_.endpoint.value) ||
         std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

void Upstream::connected_to(const std::string& address) {
  if (is_at(address)) return;
  if (addresses_.size() >= kAddressesMax) addresses_.erase(addresses_.begin());
  addresses_.push_back(address);
}

void Upstream::preload(const std::string& environment, const std::vector<config::ScriptFile>& scripts) {
  if (preloaded_[environment] == scripts) return;
  preloaded_[environment] = scripts;
  if (UpstreamLink* link = any_shared_link(); link != nullptr) preload_on(*link);
}

// One worker does it for all.
void Upstream::preload_on(UpstreamLink& link) {
  if (worker_.index() != 0) return;
  for (const auto& [environment, scripts] : preloaded_) {
    for (const config::ScriptFile& script : scripts) link.preload(script);
  }
}

UpstreamLink* Upstream::any_shared_link() const {
  for (const auto& group : groups_) {
    if (group->key().login != nullptr) continue;
    for (size_t slot = 0; slot < group->links(); ++slot) {
      if (UpstreamLink* link = group->ready_link(slot); link != nullptr) return link;
    }
  }
  return nullptr;
}

void Upstream::journal_changed() {
  if (!journal_is_reading_ && !std::exchange(was_disbelieved_, false)) return;
  for (auto& group : groups_) group->retry_now();
}

void Upstream::recheck_links() {
  for (auto& group : groups_) group->recheck();
  private_links_.recheck();
}

void Upstream::report_reachable() {
  stats_.trouble.clear();
  is_busy_ = false;
  if (reported_.empty()) return;
  log::info("upstream '" + config_.name + "' (" + config_.endpoint.value.to_string() +
            ") is connected again");
  reported_.clear();
}

void Upstream::report_unreachable(const Error& error) {
  // While it is given its data back it loads: what it says to a link itself is no other trouble.
  const journal::JournalState state = journal_ != nullptr ? journal_->state() : journal::JournalState();
  const bool disbelieved = error.code() == ErrorCode::kCorrupt || state.recovering;
  const bool foreign = disbelieved || journal_is_reading_;
  was_disbelieved_ = was_disbelieved_ || disbelieved;
  const std::string text = state.recovering
                               ? state.reason
                               : "upstream '" + config_.name + "' is not available: " + error.message();
  unavailable_reply_ = error_reply(foreign ? "LOADING" : "MASTERDOWN", text);
  stats_.trouble.set(disbelieved                           ? Trouble::kLostWrites
                     : error.code() == ErrorCode::kRefused ? Trouble::kRefused
                                                           : Trouble::kNotConnected,
                     error.message());
  // The journal's own log tells about a recovery.
  if (reported_ == text || journal_is_reading_ || state.recovering) return;
  reported_ = text;
  if (worker_.index() == 0) log::warn(text);
}

void Upstream::report_login_refused(const std::string& user, const Error& error) {
  stats_.scripts_refused.set(1);
  if (std::exchange(login_refused_, true) || worker_.index() != 0) return;
  log::warn("upstream '" + config_.name + "' does not let Holdfast give scripts the rights of their user '" +
            user + "': " + error.message() +
            "; scripts of clients that may not do everything are refused until the user in upstream." +
            config_.name + ".url may ACL SETUSER, or the environment has scripts = { mode = \"unchecked\" }");
}

void Upstream::report_login_accepted() {
  stats_.scripts_refused.set(0);
  if (std::exchange(login_refused_, false) && worker_.index() == 0)
    log::info("upstream '" + config_.name + "' lets Holdfast give scripts the rights of their users again");
}

void Upstream::report_silence(bool silent) {
  if (worker_.index() != 0) return;
  const std::string what = "upstream '" + config_.name + "' (" + config_.endpoint.value.to_string() + ")";
  if (silent)
    log::warn(what + " has not answered for longer than connect_timeout; its clients wait");
  else
    log::info(what + " answers again");
}

void Upstream::report_busy(std::string_view error) {
  if (error.empty() && !is_busy_) return;
  is_busy_ = !error.empty();
  if (is_busy_)
    stats_.trouble.set(Trouble::kBusy, std::string(error));
  else
    stats_.trouble.clear();
}

}  // namespace holdfast::proxy
