#include "cli/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "cli/version.h"

namespace holdfast::cli {
namespace {

constexpr uint64_t kAdminRetryMs = 250;

}  // namespace

Server::Server(const config::Config& config) : config_(config) {}

Server::~Server() = default;

Status Server::run() {
  // Each client may need a second descriptor; there is no reason to stay below what is allowed.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  // A peer that has gone is an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  Status status = start();
  if (!status.ok()) {
    if (admin_ != nullptr) admin_->close();
    if (admin_retry_ != nullptr) admin_retry_->close();
    proxy_.reset();
  }
  loop_.run();
  return status;
}

Status Server::start() {
  std::vector<std::string> tls_problems;
  tls_ = tls::load_credentials(config_, tls_problems);
  if (!tls_problems.empty()) return Error(ErrorCode::kInvalid, tls_problems.front());
  std::vector<journal::Journal*> journals;
  for (size_t i = 0; i < config_.upstreams.size(); ++i) {
    const config::Upstream& upstream = config_.upstreams[i];
    journals_.push_back(
        upstream.journal.enabled ? std::make_unique<journal::Journal>(upstream, tls_.upstreams[i]) : nullptr);
    journals.push_back(journals_.back().get());
  }
  auto proxy = proxy::Proxy::create(loop_, config_, journals, tls_);
  if (!proxy.ok()) return proxy.error();
  proxy_ = std::move(proxy).value();

  metrics::Sources sources;
  sources.config = &config_;
  sources.workers = proxy_->stats();
  sources.journals.assign(journals.begin(), journals.end());
  sources.version = version();
  sources.started_unix_ms = unix_ms();
  admin_ = std::make_unique<metrics::AdminServer>(loop_, std::move(sources), *this);
  admin_retry_ = std::make_unique<net::Timer>(loop_, [this] { open_admin(); });
  open_admin();

  for (const auto& [number, name] : {std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGINT, "SIGINT"}}) {
    signals_.push_back(std::make_unique<net::Signal>(
        loop_, number, [this, signal_name = name] { begin_drain(signal_name); }));
  }
  certificates_ = std::make_unique<CertificateWatch>(loop_, tls_.all());
  for (auto& journal : journals_) {
    if (journal != nullptr) journal->start();
  }
  proxy_->start();
  return {};
}

// Never an obstacle to serving clients: it is tried again until it can be had.
void Server::open_admin() {
  const config::Located<Endpoint>& admin = config_.server.admin;
  auto sockets = net::ListenSocket::open(admin.value, 1);
  Status status;
  std::string address;
  if (sockets.ok()) {
    address = sockets.value().front().endpoint().to_string();
    status = admin_->listen(std::move(sockets.value().front()));
  } else {
    status = sockets.error();
  }
  if (status.ok()) {
#ifdef HOLDFAST_BENCH_BARE
    log::warn("this build is for the benchmark only: it refuses nothing and does not count requests");
#endif
    log::info("holdfast " + std::string(version()) + " (pid " + std::to_string(getpid()) +
              ") serves /metrics, /healthz and /readyz on http://" + address);
    return;
  }
  const std::string problem =
      "server.admin (" + admin.where.to_string() + ") " + status.error().message() + "; trying again";
  if (std::exchange(admin_problem_, problem) != problem) log::error(problem);
  admin_retry_->start_once(kAdminRetryMs);
}

void Server::begin_drain(const char* signal_name) {
  if (std::exchange(draining_, true)) {
    log::warn(std::string(signal_name) + " again: leaving at once; what was not acknowledged may be lost");
    _exit(1);
  }
  log::info(std::string(signal_name) + ": no new connections; finishing what is in flight");
  proxy_->drain([this] { drained(); });
}

// The journals last: until the workers have ended, replies may still wait for them.
void Server::drained() {
  for (auto& journal : journals_) {
    if (journal != nullptr) journal->stop();
  }
  admin_retry_->close();
  admin_->close();
  signals_.clear();
  certificates_.reset();
  log::info("stopped");
}

std::vector<std::string> Server::problems() const {
  std::vector<std::string> problems = proxy_->problems();
  if (draining_)
    problems.push_back("Holdfast is draining: it was told to stop, takes no new connections and leaves");
  return problems;
}

}  // namespace holdfast::cli
