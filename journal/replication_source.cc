#include "journal/replication_source.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "journal/replica_session.h"
#include "journal/resolver.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kResolveMs = 5'000;
constexpr int64_t kForEverMs = INT64_C(1) << 40;
constexpr int64_t kAcceptPauseMs = 100;  // out of descriptors, say
constexpr int kBacklog = 16;
constexpr size_t kEndedKept = 8;

}  // namespace

class ReplicationSource::Impl {
 public:
  Impl(const ReplicationData& data, ServingRules rules) : data_(data), rules_(std::move(rules)) {}
  ~Impl();

  Status listen(const Endpoint& where);
  const Endpoint& endpoint() const { return endpoint_; }
  std::vector<ReplicaProgress> replicas() const;
  void disconnect_all();

 private:
  struct Replica {
    StopSignal stop;
    std::unique_ptr<ReplicaSession> session;
    std::thread thread;
    std::atomic<bool> over = false;
  };

  void accept_all();
  void accept_one();
  void forget_ended();
  static void end(Replica& replica);

  const ReplicationData& data_;
  const ServingRules rules_;
  Endpoint endpoint_;
  int fd_ = -1;
  StopSignal stop_;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::list<Replica> replicas_;
  std::deque<ReplicaProgress> ended_;
};

ReplicationSource::Impl::~Impl() {
  stop_.request();
  if (thread_.joinable()) thread_.join();
  disconnect_all();
  if (fd_ >= 0) ::close(fd_);
}

Status ReplicationSource::Impl::listen(const Endpoint& where) {
  const std::string name = where.to_string();
  if (where.kind != Endpoint::Kind::kTcp)
    return Error(ErrorCode::kInvalid, "a Redis replicates over TCP only; write host:port instead of " + name);
  auto addresses = resolve(where.host, where.port, kResolveMs, stop_);
  if (!addresses.ok()) return addresses.error();
  const SocketAddress& address = addresses.value().front();
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  fd_ = ::socket(generic->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd_ < 0 || ::bind(fd_, generic, address.size) != 0 || ::listen(fd_, kBacklog) != 0)
    return Error::from_errno("cannot listen on " + name, errno);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size);
  endpoint_ = endpoint_of(bound);
  try {
    thread_ = std::thread([this] { accept_all(); });
  } catch (const std::system_error& problem) {
    return Error(ErrorCode::kUnavailable, std::string("cannot begin to serve: ") + problem.what());
  }
  return {};
}

void ReplicationSource::Impl::accept_all() {
  while (!stop_.requested()) {
    if (wait_for(fd_, POLLIN, kForEverMs, stop_).ok()) accept_one();
  }
}

void ReplicationSource::Impl::accept_one() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) (void)stop_.sleep_ms(kAcceptPauseMs);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  forget_ended();
  const std::lock_guard lock(mutex_);
  if (replicas_.size() >= kReplicasMax) {
    ::close(fd);
    return;
  }
  Replica& replica = replicas_.emplace_back();
  replica.session =
      std::make_unique<ReplicaSession>(fd, endpoint_of(address).to_string(), data_, rules_, replica.stop);
  try {
    replica.thread = std::thread([&replica] {
      replica.session->run();
      replica.over = true;
    });
  } catch (const std::system_error&) {
    replicas_.pop_back();
  }
}

void ReplicationSource::Impl::end(Replica& replica) {
  replica.stop.request();
  if (replica.thread.joinable()) replica.thread.join();
}

void ReplicationSource::Impl::forget_ended() {
  const std::lock_guard lock(mutex_);
  for (auto replica = replicas_.begin(); replica != replicas_.end();) {
    if (!replica->over) {
      ++replica;
      continue;
    }
    end(*replica);
    ended_.push_back(replica->session->progress());
    if (ended_.size() > kEndedKept) ended_.pop_front();
    replica = replicas_.erase(replica);
  }
}

void ReplicationSource::Impl::disconnect_all() {
  std::list<Replica> leaving;
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(replicas_);
  }
  for (Replica& replica : leaving) replica.stop.request();
  for (Replica& replica : leaving) {
    end(replica);
    const std::lock_guard lock(mutex_);
    ended_.push_back(replica.session->progress());
    if (ended_.size() > kEndedKept) ended_.pop_front();
  }
}

std::vector<ReplicaProgress> ReplicationSource::Impl::replicas() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReplicaProgress> all(ended_.begin(), ended_.end());
  for (const Replica& replica : replicas_) all.push_back(replica.session->progress());
  return all;
}

ReplicationSource::ReplicationSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReplicationSource::~ReplicationSource() = default;

Result<std::unique_ptr<ReplicationSource>> ReplicationSource::listen(const Endpoint& where,
                                                                     const ReplicationData& data,
                                                                     ServingRules rules) {
  auto impl = std::make_unique<Impl>(data, std::move(rules));
  if (Status listening = impl->listen(where); !listening.ok()) return listening.error();
  return std::unique_ptr<ReplicationSource>(new ReplicationSource(std::move(impl)));
}

const Endpoint& ReplicationSource::endpoint() const {
  return impl_->endpoint();
}
std::vector<ReplicaProgress> ReplicationSource::replicas() const {
  return impl_->replicas();
}
void ReplicationSource::disconnect_all() {
  impl_->disconnect_all();
}

}  // namespace holdfast::journal
