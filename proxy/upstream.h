// One worker's side of one upstream: its shared links, its private links and its durability gate.
// Owned by the Worker; one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/journal.h"
#include "metrics/worker_stats.h"
#include "net/timer.h"
#include "proxy/durability_gate.h"
#include "proxy/eviction_watch.h"
#include "proxy/link_group.h"
#include "proxy/private_links.h"
#include "tls/credentials.h"

namespace holdfast::proxy {

class Worker;

class Upstream {
 public:
  // `journal` is null when the upstream has none.
  Upstream(Worker& worker, const config::Config& all, const config::Upstream& config,
           journal::Journal* journal, metrics::UpstreamStats& stats,
           std::shared_ptr<const tls::Credentials> tls);

  void start();
  void close();

  // The group for a database and protocol, made and connected at its first use; nullptr when there are
  // too many already.
  LinkGroup* group(LinkKey key);
  // Scripts of an environment that the server is told, now and after every new connection, so that EVALSHA
  // and FCALL find them.
  void preload(const std::string& environment, const std::vector<config::ScriptFile>& scripts);
  void preload_on(UpstreamLink& link);
  // A ready shared link, or nullptr.
  UpstreamLink* any_shared_link() const;
  PrivateLinks& private_links() { return private_links_; }
  DurabilityGate& gate() { return gate_; }
  const EvictionWatch& eviction() const { return eviction_; }
  // After a reload.
  void adopt(const config::Config& config) { eviction_.adopt(config); }
  void eviction_told(std::string_view reply);

  // Is this address ("10.0.0.7:6379") the upstream's: as configured, or what its name led to when it was last
  // connected?
  bool is_at(const std::string& address) const;
  void connected_to(const std::string& address);

  // Whose history does a server's data belong to: the journal's history number (0 without a journal), or
  // the error for a server whose answers must not be believed (kCorrupt), or not yet (kUnavailable).
  Result<uint64_t> check_history(const journal::ReplicationInfo& info) const;
  // Links that could not be judged because the journal was not there are tried again at once.
  void journal_changed();
  // Asks every link whose data its server has now.
  void recheck_links();

  // The reply for requests that were not sent because no link is up: -MASTERDOWN, or -LOADING while the
  // server has another history than the journal.
  const std::string& unavailable_reply() const { return unavailable_reply_; }

  // Its links cannot be judged yet, so a failed try does not count.
  bool journal_is_reading() const { return journal_is_reading_; }

  void report_reachable();
  // A shared link is ready.
  void link_is_ready(UpstreamLink& link);
  void report_unreachable(const Error& error);
  // A ready link has not answered for too long, or does again.
  void report_silence(bool silent);
  // It does not let Holdfast make a user with the rights of one of its own, or does now.
  void report_login_refused(const std::string& user, const Error& error);
  void report_login_accepted();
  // It answers PING with this error; empty: as it should.
  void report_busy(std::string_view error);

  Worker& worker() { return worker_; }
  const config::Upstream& config() const { return config_; }
  // Null: its links do without TLS.
  const tls::Credentials* tls() const { return tls_.get(); }
  metrics::UpstreamStats& stats() { return stats_; }

 private:
  void check_health();

  static constexpr size_t kGroupsMax = 256;

  Worker& worker_;
  const config::Upstream& config_;
  journal::Journal* journal_;
  metrics::UpstreamStats& stats_;
  const std::shared_ptr<const tls::Credentials> tls_;
  mutable bool journal_is_reading_ = false;
  std::map<std::string, std::vector<config::ScriptFile>> preloaded_;  // by environment
  bool login_refused_ = false;                                        // the last try to make one of its users
  bool was_disbelieved_ = false;  // a link was refused for its data: try again when the journal changes
  bool is_busy_ = false;          // the last PING was answered with an error
  std::string unavailable_reply_;
  std::vector<std::string> addresses_;  // the last few that connections went to
  std::string reported_;                // the last problem logged; empty when all is well
  DurabilityGate gate_;
  net::Timer health_;
  std::vector<std::unique_ptr<LinkGroup>> groups_;
  PrivateLinks private_links_;
  EvictionWatch eviction_;
};

}  // namespace holdfast::proxy
