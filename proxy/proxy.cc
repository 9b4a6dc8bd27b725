#include "proxy/proxy.h"

#include <utility>

#include "base/log.h"
#include "net/shared_port.h"
#include "net/standby_place.h"
#include "net/unix_socket_file.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kListenRetryMs = 1'000;
constexpr uint64_t kStandbyMs = 100;

}  // namespace

Proxy::Proxy(net::Loop& main_loop, const config::Config& config)
    : config_(config),
      clients_(config.environments.size()),
      retry_(main_loop, [this] { open_listeners(); }),
      standby_(main_loop, [this] { look_at_standby(); }),
      finished_(main_loop, [this] { worker_finished(); }),
      adopted_(main_loop, [this] { worker_adopted(); }) {
  for (size_t i = 0; i < config.environments.size(); ++i) {
    for (const auto& endpoint : config.environments[i].listen) listens_.push_back({i, &endpoint});
    if (const auto& transparent = config.environments[i].transparent)
      listens_.push_back({i, &*transparent, true});
  }
}

Proxy::~Proxy() = default;

Result<std::unique_ptr<Proxy>> Proxy::create(net::Loop& main_loop, const config::Config& config,
                                             std::vector<journal::Journal*> journals,
                                             const tls::CredentialSet& tls, audit::AuditLog& audit,
                                             metrics::LiveLists& lists, const SelfReport& self) {
  std::vector<std::shared_ptr<const policy::Policy>> policies;
  for (const config::Environment& environment : config.environments) {
    auto policy = policy::Policy::compile(environment);
    if (!policy.ok()) return policy.error();
    policies.push_back(std::move(policy).value());
  }
  auto proxy = std::unique_ptr<Proxy>(new Proxy(main_loop, config));
  const Worker::Setup setup{
      config, std::move(policies), std::move(journals), proxy->clients_, proxy->workers_, tls, audit, lists,
      self};
  for (int i = 0; i < config.server.workers; ++i)
    proxy->workers_.push_back(std::make_unique<Worker>(i, setup));
  return proxy;
}

void Proxy::start(std::function<void()> placed) {
  placed_ = std::move(placed);
  workers_running_ = workers_.size();
  for (auto& worker : workers_) {
    worker->start([this] {
      --workers_running_;
      finished_.send();
    });
  }
  open_listeners();
}

void Proxy::open_listeners() {
  bool all_open = true;
  bool all_placed = true;
  for (Listen& listen : listens_) {
    if (listen.open) continue;
    const std::string environment = config_.environments[listen.environment].name;
    const Endpoint& endpoint = listen.endpoint->value;
    const int count = static_cast<int>(workers_.size());
    auto sockets = endpoint.kind == Endpoint::Kind::kUnix
                       ? net::ListenSocket::open_unix(
                             endpoint, count, config_.environments[listen.environment].unix_permissions)
                       : net::ListenSocket::open(endpoint, count, net::ListenSocket::Sharing::kTakeover);
    if (!sockets.ok()) {
      all_open = false;
      all_placed &= sockets.error().code() != ErrorCode::kUnavailable;
      const std::string problem = "environment '" + environment + "' (" + listen.endpoint->where.to_string() +
                                  ") " + sockets.error().message() + "; trying again every second";
      if (problem != listen.problem) log::error(problem);
      listen.problem = problem;
      continue;
    }
    listen.open = true;
    listen.problem.clear();
    listen.bound = sockets.value().front().endpoint();
    listen.fd = sockets.value().front().fd();
    const std::string where = listen.bound.to_string() + " for environment '" + environment + "'";
    log::info((listen.transparent ? "taking redirected connections on " : "listening on ") + where);
    listen.file = sockets.value().front().file();
    if (sockets.value().front().is_standby()) {
      listen.standby = true;
      listen.place = sockets.value().front().place();
      listen.problem = "in standby on " + where +
                       ": another Holdfast has it; send that one SIGTERM and this one takes over";
      log::info(listen.problem);
      if (!standby_.is_active()) standby_.start_repeating(kStandbyMs);
    }
    for (size_t i = 0; i < workers_.size(); ++i)
      workers_[i]->add_listener(listen.environment, std::move(sockets.value()[i]), listen.transparent);
  }
  if (!all_open) retry_.start_once(kListenRetryMs);
  if (all_placed && placed_ != nullptr) std::exchange(placed_, nullptr)();
}

// Another process had the address first, and still has it.
bool Proxy::has_predecessor(const Listen& listen) const {
  if (listen.bound.kind != Endpoint::Kind::kUnix) return net::count_listeners(listen.fd) > workers_.size();
  const auto file = listen.file.lock();
  return file != nullptr && !file->is_in_place();
}

void Proxy::look_at_standby() {
  bool any = false;
  for (Listen& listen : listens_) {
    if (!listen.standby) continue;
    if (has_predecessor(listen)) {
      any = true;
      continue;
    }
    take_over(listen);
  }
  if (!any) standby_.stop();
}

// The next one gets the place only when connections are steered no more, or its own steering would end.
void Proxy::take_over(Listen& listen) {
  listen.standby = false;
  listen.problem.clear();
  log::info("took over " + listen.bound.to_string());
  if (listen.bound.kind != Endpoint::Kind::kUnix) net::stop_steering(listen.fd);
  for (auto& worker : workers_) worker->has_taken_over(listen.bound);
  listen.place.reset();
}

void Proxy::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  placed_ = nullptr;
  retry_.close();
  standby_.close();
  for (auto& worker : workers_) worker->drain();
}

void Proxy::adopt(std::shared_ptr<const PolicySnapshot> snapshot, std::function<void(size_t)> done) {
  when_adopted_ = std::move(done);
  closed_by_adopting_ = 0;
  adopting_ = workers_.size();
  for (auto& worker : workers_) {
    worker->adopt(snapshot, [this](size_t closed) {
      closed_by_adopting_ += closed;
      --adopting_;
      adopted_.send();
    });
  }
}

void Proxy::halt_writes(size_t upstream, const std::optional<metrics::WriteHalt>& halt) {
  const auto shared = halt ? std::make_shared<const metrics::WriteHalt>(*halt) : nullptr;
  for (auto& worker : workers_) worker->halt_writes(upstream, shared);
}

void Proxy::worker_adopted() {
  if (adopting_ > 0 || when_adopted_ == nullptr) return;
  std::exchange(when_adopted_, nullptr)(closed_by_adopting_);
}

void Proxy::worker_finished() {
  if (workers_running_ > 0 || drained_ == nullptr) return;
  for (auto& worker : workers_) worker->join();
  finished_.close();
  adopted_.close();
  std::exchange(drained_, nullptr)();
}

std::vector<const metrics::WorkerStats*> Proxy::stats() const {
  std::vector<const metrics::WorkerStats*> all;
  for (const auto& worker : workers_) all.push_back(&worker->stats());
  return all;
}

std::vector<std::string> Proxy::problems() const {
  std::vector<std::string> problems;
  for (const Listen& listen : listens_) {
    if (!listen.problem.empty()) problems.push_back(listen.problem);
  }
  return problems;
}

}  // namespace holdfast::proxy
