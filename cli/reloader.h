// Brings a changed configuration to the workers, on SIGHUP and when its file has changed: all of it, or
// nothing and the reason.
//
//   read and check -> compare with what is served -> every worker adopts it -> it is what is served
//         |                      |
//      mistakes          needs a restart: refused as a whole, so that what is served is always one file
//
// Owned by Server; main thread. close() before the loop ends.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "audit/audit_log.h"
#include "cli/file_watch.h"
#include "config/load.h"
#include "metrics/reload_stats.h"
#include "net/loop.h"
#include "net/timer.h"
#include "proxy/proxy.h"

namespace holdfast::cli {

class Reloader {
 public:
  // `loaded`: what is served now. The references are not owned. `adopted` is told of every configuration that
  // the workers have taken over, which lives until the next one.
  Reloader(net::Loop& loop, const config::LoadResult& loaded, proxy::Proxy& proxy, audit::AuditLog& audit,
           metrics::ReloadStats& stats, std::function<void(const config::Config&)> adopted);

  // `why`: "SIGHUP", "its file has changed".
  void reload(const std::string& why);
  // Takes no more changes; one that is on its way to the workers ends by itself.
  void close();

  // Why what is served is not what the file says; empty while it is.
  const std::string& note() const { return note_; }

 private:
  void look();
  void refuse(const std::string& why, const config::ProblemList& problems, const std::string& what_to_do);
  void adopted(const std::string& why, size_t closed);
  void watch();
  void record(const std::string& detail);  // for the audit log

  const std::string file_;  // empty: there is none
  proxy::Proxy& proxy_;
  audit::AuditLog& audit_;
  metrics::ReloadStats& stats_;
  const std::function<void(const config::Config&)> tell_;
  std::shared_ptr<const config::LoadResult> served_;
  std::shared_ptr<const config::LoadResult> adopting_;  // on its way to the workers
  std::vector<std::string> adopting_changes_;
  std::string asked_meanwhile_;  // why; empty: not asked
  std::string note_;
  FileWatch files_;
  net::Timer timer_;
  bool closed_ = false;
};

}  // namespace holdfast::cli
