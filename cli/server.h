// Holdfast as it runs: journals, workers and the admin endpoint, started in order and ended in order.
//
// Lives on the main thread, which runs the admin loop and gets the signals. One use: construct, run().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audit/audit_log.h"
#include "base/result.h"
#include "cli/certificate_watch.h"
#include "cli/reloader.h"
#include "cli/self_report.h"
#include "config/load.h"
#include "journal/journal.h"
#include "metrics/admin_server.h"
#include "metrics/lag_watch.h"
#include "metrics/posture_watch.h"
#include "net/loop.h"
#include "net/signal.h"
#include "net/timer.h"
#include "proxy/proxy.h"
#include "tls/credential_set.h"

namespace holdfast::cli {

class Server final : public metrics::ReadinessSource {
 public:
  // `loaded` without errors; not owned, and must outlive the Server.
  explicit Server(const config::LoadResult& loaded);
  ~Server() override;

  // Until SIGTERM or SIGINT. An error means that it could not start.
  Status run();

  std::vector<std::string> problems() const override;
  std::vector<std::string> notes() const override;

 private:
  Status start();
  void open_admin();
  void reloaded(const config::Config& config);
  std::vector<metrics::CertificateExpiry> certificate_expiries() const;
  void begin_drain(const char* signal_name);
  void drained();
  void record(const std::string& detail);  // for the audit log

  const config::LoadResult& loaded_;
  const config::Config& config_;  // as it was at start
  net::Loop loop_;
  std::unique_ptr<audit::AuditLog> audit_;
  tls::CredentialSet tls_;
  std::vector<std::unique_ptr<journal::Journal>> journals_;       // by upstream; null where there is none
  std::vector<std::unique_ptr<metrics::PostureWatch>> postures_;  // likewise
  metrics::LiveLists lists_;
  SelfReport self_report_;
  std::unique_ptr<proxy::Proxy> proxy_;
  std::unique_ptr<metrics::AdminServer> admin_;
  std::unique_ptr<net::Timer> admin_retry_;  // a process that we take over from may still have the port
  std::string admin_problem_;
  std::unique_ptr<net::Timer> self_look_;  // for clients that ask how Holdfast is, and for the log
  metrics::Sources sources_;
  metrics::LagWatch lag_watch_;
  std::vector<std::unique_ptr<net::Signal>> signals_;
  std::unique_ptr<CertificateWatch> certificates_;
  metrics::ReloadStats reload_stats_;
  std::unique_ptr<Reloader> reloader_;
  bool draining_ = false;
  uint64_t drain_began_ns_ = 0;
  std::string drain_signal_;
};

}  // namespace holdfast::cli
