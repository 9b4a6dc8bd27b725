// The whole data plane: the workers, and the listeners of all environments.
//
// Owned by the command line; made and used on the main thread. A listener whose port is taken is tried
// again every second. One whose port another Holdfast of the same user serves is in standby: it gets the
// connections when that one leaves; one more that waits for that is not even in standby yet. problems() says
// so meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "journal/journal.h"
#include "metrics/posture_state.h"
#include "metrics/worker_stats.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/wakeup.h"
#include "proxy/policy_snapshot.h"
#include "proxy/worker.h"

namespace holdfast::proxy {

class Proxy {
 public:
  // Compiles the policies; an error names file and line. `journals` by upstream, null where there is none;
  // none of them, of `config`, of `audit` (which has a recorder for each worker), of `lists` and of `self` is
  // owned, and all must outlive the Proxy. Before Journal::start().
  static Result<std::unique_ptr<Proxy>> create(net::Loop& main_loop, const config::Config& config,
                                               std::vector<journal::Journal*> journals,
                                               const tls::CredentialSet& tls, audit::AuditLog& audit,
                                               metrics::LiveLists& lists, const SelfReport& self);
  ~Proxy();

  // Starts the workers and opens the listeners. `placed` is called on the main thread, perhaps at once, when
  // no listener waits behind another process in standby: what processes of one address share, their journal,
  // may be waited for only in the same order.
  void start(std::function<void()> placed);
  // Ends them all; `drained` is called on the main thread when the last worker has ended.
  void drain(std::function<void()> drained);

  // Every worker takes the new policies over between two requests. `done` is called on the main thread when
  // all of them have, with the number of sessions that were closed because their user is gone. One at a time.
  void adopt(std::shared_ptr<const PolicySnapshot> snapshot, std::function<void(size_t closed)> done);

  // From any thread: refuses the writes through the upstream of this index for that reason, or takes them
  // again. What is said before start() holds for the first request already.
  void halt_writes(size_t upstream, const std::optional<metrics::WriteHalt>& halt);

  std::vector<const metrics::WorkerStats*> stats() const;
  // One sentence for each listener that could not be opened yet.
  std::vector<std::string> problems() const;

 private:
  struct Listen {
    size_t environment;
    const config::Located<Endpoint>* endpoint;
    bool transparent = false;
    bool open = false;
    Endpoint bound{};                            // once it is open
    int fd = -1;                                 // of the first worker's socket, which owns it
    std::weak_ptr<net::UnixSocketFile> file{};   // of a unix socket; gone when the workers have left
    std::shared_ptr<net::StandbyPlace> place{};  // of a port, while it is in standby
    bool standby = false;                        // another process still gets the connections
    std::string problem{};
  };

  Proxy(net::Loop& main_loop, const config::Config& config);

  void open_listeners();
  bool has_predecessor(const Listen& listen) const;
  void take_over(Listen& listen);
  void look_at_standby();
  void worker_finished();
  void worker_adopted();

  const config::Config& config_;
  std::vector<ClientLimit> clients_;
  std::vector<Listen> listens_;
  std::vector<std::unique_ptr<Worker>> workers_;
  net::Timer retry_;
  net::Timer standby_;  // while a listener is in standby
  net::Wakeup finished_;
  net::Wakeup adopted_;
  std::atomic<size_t> adopting_{0};  // workers that have not taken the snapshot over yet
  std::atomic<size_t> closed_by_adopting_{0};
  std::function<void(size_t closed)> when_adopted_;
  std::atomic<size_t> workers_running_{0};
  std::function<void()> drained_;
  std::function<void()> placed_;  // until it has been called
};

}  // namespace holdfast::proxy
