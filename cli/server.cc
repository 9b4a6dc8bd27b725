#include "cli/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "cli/audit_options.h"
#include "cli/leave_guard.h"
#include "cli/same_signal.h"
#include "cli/version.h"

namespace holdfast::cli {
namespace {

constexpr uint64_t kAdminRetryMs = 250;
constexpr uint64_t kSelfLookMs = 500;
constexpr int64_t kLeaveLeastMs = 1'000;

}  // namespace

Server::Server(const config::LoadResult& loaded) : loaded_(loaded), config_(*loaded.config) {}

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
    if (self_look_ != nullptr) self_look_->close();
    proxy_.reset();
  }
  loop_.run();
  return status;
}

Status Server::start() {
  config::ProblemList problems(config_.file);
  tls_ = tls::load_credentials(config_, problems);
  if (!problems.empty()) return Error(ErrorCode::kInvalid, problems.lines().front());
  std::vector<journal::Journal*> journals;
  for (size_t i = 0; i < config_.upstreams.size(); ++i) {
    const config::Upstream& upstream = config_.upstreams[i];
    journals_.push_back(
        upstream.journal.enabled ? std::make_unique<journal::Journal>(upstream, tls_.upstreams[i]) : nullptr);
    journals.push_back(journals_.back().get());
    postures_.push_back(upstream.posture.enabled
                            ? std::make_unique<metrics::PostureWatch>(upstream, tls_.upstreams[i])
                            : nullptr);
  }
  // One recorder for each worker, and one for what is Holdfast's own.
  audit_ = std::make_unique<audit::AuditLog>(static_cast<size_t>(config_.server.workers) + 1);
  if (Status opened = audit_->configure(audit_options(config_.server)); !opened.ok())
    return Error(ErrorCode::kInvalid,
                 config_.server.audit_log.where.to_string() + ": " + opened.error().message());
  auto proxy = proxy::Proxy::create(loop_, config_, journals, tls_, *audit_, lists_, self_report_);
  if (!proxy.ok()) return proxy.error();
  proxy_ = std::move(proxy).value();

  metrics::Sources sources;
  sources.config = &config_;
  sources.workers = proxy_->stats();
  sources.journals.assign(journals.begin(), journals.end());
  sources.posture = [this](size_t i) {
    metrics::PostureState state;
    state.watched = postures_[i] != nullptr;
    return state.watched ? postures_[i]->state() : state;
  };
  sources.refusals = &lists_.refusals;
  sources.slow_log = &lists_.slow_log;
  sources.audit = &audit_->stats();
  sources.reloads = &reload_stats_;
  sources.certificates = [this] { return certificate_expiries(); };
  sources.version = version();
  sources.started_unix_ms = unix_ms();
  self_report_.set_sources(sources);
  sources_ = sources;
  self_look_ = std::make_unique<net::Timer>(loop_, [this] {
    self_report_.set_problems(this->problems());
    lag_watch_.look(sources_);
  });
  admin_ = std::make_unique<metrics::AdminServer>(
      loop_, std::move(sources), *this, metrics::AdminDoor{config_.server.admin_tokens, tls_.admin});
  admin_retry_ = std::make_unique<net::Timer>(loop_, [this] { open_admin(); });
  open_admin();

  for (const auto& [number, name] : {std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGINT, "SIGINT"}}) {
    signals_.push_back(std::make_unique<net::Signal>(
        loop_, number, [this, signal_name = name] { begin_drain(signal_name); }));
  }
  if (config_.environments.empty())
    log::info(
        "there is no [environment] section: this is a journal process, which listens for no applications");
  certificates_ = std::make_unique<CertificateWatch>(loop_, tls_.all());
  reloader_ = std::make_unique<Reloader>(loop_, loaded_, *proxy_, *audit_, reload_stats_,
                                         [this](const config::Config& config) { reloaded(config); });
  signals_.push_back(std::make_unique<net::Signal>(loop_, SIGHUP, [this] {
    certificates_->reload_all();
    audit_->reopen();
    reloader_->reload("SIGHUP");
  }));
  for (size_t i = 0; i < postures_.size(); ++i) {
    if (postures_[i] == nullptr) continue;
    postures_[i]->on_halt(
        [this, i](const std::optional<metrics::WriteHalt>& halt) { proxy_->halt_writes(i, halt); });
    postures_[i]->start();
  }
  proxy_->start([this] {
    for (auto& journal : journals_) {
      if (journal != nullptr) journal->start();
    }
  });
  self_look_->start_repeating(kSelfLookMs);
  record("started, version " + std::string(version()));
  return {};
}

// What the workers have taken over already.
void Server::reloaded(const config::Config& config) {
  admin_->set_tokens(config.server.admin_tokens);
  for (size_t i = 0; i < postures_.size(); ++i)
    if (const auto* upstream = config.find_upstream(config_.upstreams[i].name);
        postures_[i] != nullptr && upstream != nullptr)
      postures_[i]->adopt(upstream->posture);
}

std::vector<metrics::CertificateExpiry> Server::certificate_expiries() const {
  std::vector<metrics::CertificateExpiry> all;
  const auto add = [&](std::string_view section, std::string_view name, const auto& credentials) {
    const int64_t not_after = credentials != nullptr ? credentials->current()->not_after_unix_s() : 0;
    if (not_after != 0) all.push_back({section, name, not_after});
  };
  for (size_t i = 0; i < config_.environments.size(); ++i)
    add("environment", config_.environments[i].name, tls_.environments[i]);
  for (size_t i = 0; i < config_.upstreams.size(); ++i)
    add("upstream", config_.upstreams[i].name, tls_.upstreams[i]);
  add("server", "admin", tls_.admin);
  return all;
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
              ") serves /metrics, /healthz and /readyz on " +
              (tls_.admin != nullptr ? "https://" : "http://") + address);
    return;
  }
  const std::string problem =
      "server.admin (" + admin.where.to_string() + ") " + status.error().message() + "; trying again";
  if (std::exchange(admin_problem_, problem) != problem) log::error(problem);
  admin_retry_->start_once(kAdminRetryMs);
}

void Server::begin_drain(const char* signal_name) {
  const uint64_t now_ns = monotonic_ns();
  if (std::exchange(draining_, true)) {
    if (drain_signal_ == signal_name && now_ns - drain_began_ns_ < kSameSignalNs) return;
    log::warn(std::string(signal_name) + " again: leaving at once; what was not acknowledged may be lost");
    _exit(1);
  }
  drain_began_ns_ = now_ns;
  drain_signal_ = signal_name;
  log::info(std::string(signal_name) + ": no new connections; finishing what is in flight");
  reloader_->close();
  proxy_->drain([this] { drained(); });
}

// The journals last: until the workers have ended, replies may still wait for them.
void Server::drained() {
  const auto patience = std::chrono::milliseconds(std::max(config_.server.drain_timeout_ms, kLeaveLeastMs));
  const LeaveGuard guard(patience,
                         "a journal's disk does not finish what it was given; leaving without it: what had "
                         "not reached the disk was not acknowledged");
  for (auto& journal : journals_) {
    if (journal != nullptr) journal->stop();
  }
  for (auto& posture : postures_) {
    if (posture != nullptr) posture->stop();
  }
  admin_retry_->close();
  self_look_->close();
  admin_->close();
  signals_.clear();
  certificates_.reset();
  reloader_.reset();
  record("stopped");
  log::info("stopped");
}

void Server::record(const std::string& detail) {
  audit::Sighting sighting;
  sighting.kind = audit::Kind::kHoldfast;
  sighting.detail = detail;
  audit_->main_recorder().record(sighting, 0, unix_ms());
}

std::vector<std::string> Server::notes() const {
  std::vector<std::string> notes;
  if (reloader_ != nullptr && !reloader_->note().empty()) notes.push_back(reloader_->note());
  for (const auto& posture : postures_) {
    if (posture == nullptr) continue;
    for (std::string& note : posture->notes()) notes.push_back(std::move(note));
  }
  if (audit_ != nullptr && audit_->stats().failing.get() != 0)
    notes.push_back("the audit log cannot be written, and what it should hold is dropped; the log says why");
  return notes;
}

std::vector<std::string> Server::problems() const {
  std::vector<std::string> problems = proxy_->problems();
  for (const auto& posture : postures_) {
    if (posture == nullptr) continue;
    for (std::string& problem : posture->problems()) problems.push_back(std::move(problem));
  }
  if (draining_)
    problems.push_back("Holdfast is draining: it was told to stop, takes no new connections and leaves");
  return problems;
}

}  // namespace holdfast::cli
