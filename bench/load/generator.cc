#include "bench/load/generator.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "bench/load/connection.h"
#include "bench/load/interrupt.h"
#include "bench/load/messages.h"

namespace holdfast::bench {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kPatienceNs = 10 * kNsPerSecond;
constexpr uint64_t kLongestWaitNs = 100'000'000;  // so that an interrupt is noticed
constexpr size_t kReadBytes = 256 * 1024;

uint64_t to_ns(double seconds) {
  return static_cast<uint64_t>(seconds * 1e9);
}

// A group on its way.
struct Group {
  LoadGroup spec;
  GroupResult result;
  // Only with a rate: when the next request is due, and which connections have room for one.
  double due_ns = 0;
  std::deque<size_t> room;

  double interval_ns() const { return 1e9 / spec.rate; }
};

class Generator {
 public:
  explicit Generator(const LoadSpec& spec) : spec_(spec), messages_(spec.value_bytes), buffer_(kReadBytes) {}

  Result<LoadResult> run();

 private:
  Status open();
  Status start_clients();
  Status turn();
  Status follow_clock(uint64_t now);
  Status send_due(Group& group, uint64_t now);
  Status send_requests(size_t index, size_t count, uint64_t from_ns);
  Status flush(Connection& connection);
  Status read_replies(size_t index);
  Status take_replies(size_t index, const char* data, size_t size, uint64_t now);
  Status after_replies(size_t index, size_t count, uint64_t now);
  uint64_t wait_ns(uint64_t now) const;
  uint64_t random();

  enum class Phase { kWarmup, kMeasured, kDraining };

  const LoadSpec& spec_;
  Messages messages_;
  std::vector<char> buffer_;
  std::string outgoing_;
  Fd epoll_;
  std::vector<Connection> connections_;
  std::vector<Group> groups_;
  Phase phase_ = Phase::kWarmup;
  uint64_t started_ns_ = 0;
  uint64_t begun_ns_ = 0;
  uint64_t last_reply_ns_ = 0;
  uint64_t to_send_ = UINT64_MAX;  // requests that may still be sent
  uint64_t in_flight_ = 0;
  uint64_t random_state_ = 0x9E3779B97F4A7C15;
  LoadResult result_;
};

// xorshift64*: cheap, and the same keys in every run.
uint64_t Generator::random() {
  random_state_ ^= random_state_ >> 12;
  random_state_ ^= random_state_ << 25;
  random_state_ ^= random_state_ >> 27;
  return random_state_ * 0x2545F4914F6CDD1D;
}

Status Generator::open() {
  epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (epoll_.get() < 0) return Error::from_errno("cannot make an epoll", errno);
  for (size_t g = 0; g < spec_.groups.size(); ++g) {
    const LoadGroup& group = spec_.groups[g];
    groups_.push_back({group, {}, 0, {}});
    auto sockets = connect_many(spec_.port, group.connections);
    if (!sockets.ok()) return sockets.error();
    for (Fd& socket : sockets.value()) {
      const int fd = socket.get();
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = connections_.size();
      if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return Error::from_errno("cannot watch a connection", errno);
      }
      connections_.emplace_back(std::move(socket), g, static_cast<size_t>(group.pipeline));
    }
  }
  return {};
}

Status Generator::start_clients() {
  started_ns_ = last_reply_ns_ = monotonic_ns();
  if (spec_.requests > 0) {
    to_send_ = spec_.requests;
    phase_ = Phase::kMeasured;
    begun_ns_ = started_ns_;
    spec_.at_begin();
  }
  for (Group& group : groups_) group.due_ns = static_cast<double>(started_ns_);
  // Request by request and not connection by connection, so that the rate goes round all of them.
  for (size_t i = 0; i < connections_.size(); ++i) {
    Group& group = groups_[connections_[i].group];
    const auto pipeline = static_cast<size_t>(group.spec.pipeline);
    if (group.spec.rate > 0) {
      group.room.insert(group.room.end(), pipeline, i);
    } else if (const Status sent = send_requests(i, pipeline, monotonic_ns()); !sent.ok()) {
      return sent;
    }
  }
  return {};
}

Result<LoadResult> Generator::run() {
  if (const Status opened = open(); !opened.ok()) return opened.error();
  if (const Status started = start_clients(); !started.ok()) return started.error();
  while (phase_ != Phase::kDraining || in_flight_ > 0) {
    if (const Status done = turn(); !done.ok()) return done.error();
  }
  for (Group& group : groups_) {
    result_.requests += group.result.requests;
    result_.groups.push_back(std::move(group.result));
  }
  return std::move(result_);
}

// Moves from warm-up to the measured part to draining.
Status Generator::follow_clock(uint64_t now) {
  if (interrupted()) return interrupted_error();
  if (in_flight_ > 0 && now > last_reply_ns_ + kPatienceNs) {
    return Error(ErrorCode::kTimeout, "no reply for ten seconds");
  }
  if (phase_ == Phase::kWarmup && now >= started_ns_ + to_ns(spec_.warmup_seconds)) {
    phase_ = Phase::kMeasured;
    begun_ns_ = monotonic_ns();
    spec_.at_begin();
  } else if (phase_ == Phase::kMeasured) {
    const bool is_over =
        spec_.requests > 0 ? to_send_ == 0 && in_flight_ == 0 : now >= begun_ns_ + to_ns(spec_.seconds);
    if (!is_over) return {};
    phase_ = Phase::kDraining;
    to_send_ = 0;
    spec_.at_end();
    result_.seconds = static_cast<double>(monotonic_ns() - begun_ns_) / 1e9;
  }
  return {};
}

uint64_t Generator::wait_ns(uint64_t now) const {
  uint64_t wait = kLongestWaitNs;
  if (phase_ == Phase::kDraining) return wait;
  for (const Group& group : groups_) {
    if (group.spec.rate == 0 || group.room.empty()) continue;
    const auto due = static_cast<uint64_t>(group.due_ns);
    wait = std::min(wait, due > now ? due - now : 0);
  }
  return wait;
}

Status Generator::turn() {
  const uint64_t before = monotonic_ns();
  if (const Status followed = follow_clock(before); !followed.ok()) return followed;
  if (phase_ == Phase::kDraining && in_flight_ == 0) return {};
  for (Group& group : groups_) {
    if (group.spec.rate == 0) continue;
    if (const Status sent = send_due(group, before); !sent.ok()) return sent;
  }
  std::array<epoll_event, 512> events;
  const uint64_t wait = wait_ns(before);
  const timespec timeout{0, static_cast<long>(wait)};
  const int count = epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
  if (count < 0 && errno != EINTR) return Error::from_errno("cannot wait for replies", errno);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    const auto index = static_cast<size_t>(event.data.u64);
    if ((event.events & EPOLLOUT) != 0) {
      if (const Status flushed = flush(connections_[index]); !flushed.ok()) return flushed;
    }
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
      if (const Status read = read_replies(index); !read.ok()) return read;
    }
  }
  return {};
}

Status Generator::send_due(Group& group, uint64_t now) {
  while (to_send_ > 0 && !group.room.empty() && group.due_ns <= static_cast<double>(now)) {
    const size_t index = group.room.front();
    group.room.pop_front();
    const auto due = static_cast<uint64_t>(group.due_ns);
    group.due_ns += group.interval_ns();
    if (const Status sent = send_requests(index, 1, due); !sent.ok()) return sent;
  }
  return {};
}

Status Generator::send_requests(size_t index, size_t count, uint64_t from_ns) {
  Connection& connection = connections_[index];
  const double read_share = groups_[connection.group].spec.read_share;
  count = static_cast<size_t>(std::min<uint64_t>(count, to_send_));
  if (count == 0) return {};
  if (to_send_ != UINT64_MAX) to_send_ -= count;
  in_flight_ += count;
  outgoing_.clear();
  std::string& out = connection.unsent.empty() ? outgoing_ : connection.unsent;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t drawn = random();
    const bool is_read = static_cast<double>(drawn >> 40) < read_share * (1 << 24);
    const RequestKind kind = is_read ? RequestKind::kGet : RequestKind::kSet;
    messages_.append(out, kind, (drawn & 0xFFFFFFFF) % spec_.keys);
    connection.sent.push({from_ns, kind});
  }
  if (&out == &connection.unsent) return {};  // it leaves when the socket has room
  const ssize_t sent = send(connection.fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(out.size())) return {};
  if (sent < 0 && errno != EAGAIN) return Error::from_errno("cannot send requests", errno);
  connection.unsent = out.substr(static_cast<size_t>(std::max<ssize_t>(sent, 0)));
  return flush(connection);
}

// Sends what is unsent and watches for room as long as something is left.
Status Generator::flush(Connection& connection) {
  const ssize_t sent =
      send(connection.fd.get(), connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return Error::from_errno("cannot send requests", errno);
  connection.unsent.erase(0, static_cast<size_t>(std::max<ssize_t>(sent, 0)));
  epoll_event event{};
  event.events = connection.unsent.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  event.data.u64 = static_cast<uint64_t>(&connection - connections_.data());
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  return {};
}

Status Generator::read_replies(size_t index) {
  Connection& connection = connections_[index];
  const ssize_t got = recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (got < 0 && errno == EAGAIN) return {};
  if (got < 0) return Error::from_errno("a connection failed", errno);
  if (got == 0) return Error(ErrorCode::kIo, "the server closed a connection");
  const uint64_t now = last_reply_ns_ = monotonic_ns();
  const auto size = static_cast<size_t>(got);
  if (connection.reply_tail.empty()) return take_replies(index, buffer_.data(), size, now);
  std::string joined = std::move(connection.reply_tail);
  connection.reply_tail.clear();
  joined.append(buffer_.data(), size);
  return take_replies(index, joined.data(), joined.size(), now);
}

Status Generator::take_replies(size_t index, const char* data, size_t size, uint64_t now) {
  Connection& connection = connections_[index];
  GroupResult& result = groups_[connection.group].result;
  size_t at = 0;
  size_t count = 0;
  while (at < size) {
    if (connection.sent.empty()) return Error(ErrorCode::kProtocol, "a reply that nothing was asked for");
    const SentRequest& request = connection.sent.front();
    size_t consumed = 0;
    const Messages::Outcome outcome = messages_.check(data + at, size - at, request.kind, consumed);
    if (outcome == Messages::Outcome::kWrong) {
      return Error(ErrorCode::kRefused, Messages::describe(request.kind, data + at, size - at));
    }
    if (outcome == Messages::Outcome::kNeedMore) {
      connection.reply_tail.assign(data + at, size - at);
      break;
    }
    at += consumed;
    ++count;
    if (phase_ == Phase::kMeasured) {
      ++result.requests;
      result.latency.record(now - request.from_ns);
    }
    connection.sent.pop();
  }
  return after_replies(index, count, now);
}

Status Generator::after_replies(size_t index, size_t count, uint64_t now) {
  Connection& connection = connections_[index];
  Group& group = groups_[connection.group];
  in_flight_ -= count;
  if (group.spec.rate > 0) {
    group.room.insert(group.room.end(), count, index);
    return {};
  }
  if (!connection.sent.empty() || phase_ == Phase::kDraining) return {};
  return send_requests(index, static_cast<size_t>(group.spec.pipeline), now);
}

}  // namespace

Result<LoadResult> run_load(const LoadSpec& spec) {
  return Generator(spec).run();
}

}  // namespace holdfast::bench
