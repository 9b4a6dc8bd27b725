#include "journal/paced_redis.h"

#include <utility>

#include "base/clock.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kPatienceMs = int64_t{6} * 3'600'000;  // for a snapshot of any size
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr int kQuickLooks = 200;  // a command takes microseconds
constexpr int64_t kPollMs = 5;
constexpr int kFailuresMax = 3;

}  // namespace

void PacedData::allow(uint64_t offset) {
  const std::lock_guard lock(mutex_);
  allowed_ = offset;
  changed_.notify_all();
}

void PacedData::end_all() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Status PacedData::read_stream(uint64_t offset, const Sink& sink) const {
  return data_.read_stream(offset, [&](std::string_view bytes) -> Status {
    while (!bytes.empty()) {
      uint64_t allowed = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ended_ || allowed_ > offset; });
        if (ended_) return Error(ErrorCode::kUnavailable, "it is not needed any more");
        allowed = allowed_;
      }
      const std::string_view part = bytes.substr(0, allowed - offset);
      if (Status taken = sink(part); !taken.ok()) return taken;
      offset += part.size();
      bytes.remove_prefix(part.size());
    }
    return {};
  });
}

Result<std::unique_ptr<PacedRedis>> PacedRedis::start(const GenerationData& data,
                                                      const std::string& redis_server,
                                                      const std::string& parent_dir, const StopSignal& stop) {
  std::unique_ptr<PacedRedis> paced(new PacedRedis(data, stop));
  Endpoint any;
  any.host = "127.0.0.1";
  auto source = ReplicationSource::listen(any, paced->paced_, ServingRules{});
  if (!source.ok()) return source.error();
  paced->source_ = std::move(source).value();
  DisposableRedis::Options options;
  options.program = redis_server;
  options.parent_dir = parent_dir;
  options.low_priority = false;
  options.arguments = {"--replicaof",
                       "127.0.0.1 " + std::to_string(paced->source_->endpoint().port),
                       "--repl-timeout",
                       "86400",
                       "--enable-debug-command",
                       "yes"};
  auto redis = DisposableRedis::start(options, stop);
  if (!redis.ok()) return redis.error();
  paced->redis_ = std::move(redis).value();
  if (Status ready = paced->redis_->wait_loaded(kPatienceMs); !ready.ok()) return ready.error();
  auto connection = paced->redis_->connect(kPatienceMs);
  if (!connection.ok()) return connection.error();
  paced->reader_ = std::make_unique<DataReader>(std::move(connection).value());
  return paced;
}

PacedRedis::~PacedRedis() {
  paced_.end_all();
}

// The source knows why, when a file was damaged; the server's own end is said by its last words.
Error PacedRedis::problem(const std::string& otherwise) const {
  if (Status alive = redis_->wait_loaded(kPatienceMs); !alive.ok()) return alive.error();
  return Error(ErrorCode::kUnavailable, otherwise);
}

Status PacedRedis::advance(uint64_t offset, const std::function<Status()>& waiting) {
  paced_.allow(offset);
  const uint64_t deadline_ns = monotonic_ns() + static_cast<uint64_t>(kPatienceMs) * kNsPerMs;
  for (int looks = 0;; ++looks) {
    auto applied = reader_->applied_offset();
    if (applied.ok() && applied.value() >= static_cast<int64_t>(offset)) return {};
    // While it loads the base it answers with -LOADING.
    if (!applied.ok() && applied.error().code() != ErrorCode::kRefused)
      return problem(applied.error().message());
    if (stop_.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    if (looks < kQuickLooks) continue;
    if (Status waited = looks % kQuickLooks == 0 ? waiting() : Status(); !waited.ok()) return waited;
    int failures = 0;
    std::string why;
    for (const ReplicaProgress& replica : source_->replicas()) {
      if (replica.phase != ReplicaProgress::Phase::kEnded || replica.problem.empty()) continue;
      ++failures;
      why = replica.problem;
    }
    if (failures >= kFailuresMax) return problem("the journal could not be given: " + why);
    if (monotonic_ns() > deadline_ns)
      return Error(ErrorCode::kTimeout, "a redis-server of our own did not get everything in six hours");
    (void)stop_.sleep_ms(kPollMs);
  }
}

}  // namespace holdfast::journal
