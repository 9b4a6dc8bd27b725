// The HTTP endpoint for operators and Prometheus: GET /, /metrics, /status, /events, /healthz, /readyz.
//
// Owned by the command line and run on the main thread's loop, so that a scrape never delays a request.
// Everything it reads from other threads are atomics or guarded snapshots.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/sources.h"
#include "net/listen_socket.h"
#include "net/loop.h"
#include "tls/credentials.h"

namespace holdfast::metrics {

// Problems that only the caller knows of (a listener that could not be bound yet).
class ReadinessSource {
 public:
  virtual ~ReadinessSource() = default;
  // One sentence for each thing that keeps Holdfast from its work; empty when ready. Main thread.
  virtual std::vector<std::string> problems() const = 0;
  // One sentence for each thing that a person should know although Holdfast does its work.
  virtual std::vector<std::string> notes() const { return {}; }
};

// Who gets in, and how. Neither tokens nor an authority for certificates: everybody.
struct AdminDoor {
  std::vector<std::string> tokens;
  std::shared_ptr<const tls::Credentials> tls;  // null: plain HTTP
};

// Without a token or certificate, where one is asked for, only the page itself, /healthz, and of /readyz
// whether it is: probes of a kubelet have no secrets.
class AdminServer {
 public:
  // `readiness` and what `sources` points to are not owned and must outlive the server.
  AdminServer(net::Loop& loop, Sources sources, const ReadinessSource& readiness, AdminDoor door = {});
  // After the loop has run to its end behind close(), or without listen().
  ~AdminServer();

  Status listen(net::ListenSocket socket);
  // After a reload. Dashboards that were let in with one that is gone have to ask again.
  void set_tokens(const std::vector<std::string>& tokens);
  // Closes the listener and all connections, so that the loop can end. Idempotent.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::metrics
