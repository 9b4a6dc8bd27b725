#include "journal/restored_redis.h"

#include <charconv>

#include "base/clock.h"
#include "journal/archive.h"
#include "journal/file_reader.h"
#include "journal/segment_file.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kPatienceMs = int64_t{6} * 3'600'000;  // for a snapshot of any size
constexpr int64_t kAnswerMs = 60'000;
constexpr int64_t kFollowMs = 30'000;  // for the journal to have what Redis has
constexpr int64_t kPollMs = 20;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr int kAttemptsMax = 3;

uint64_t deadline_ns(int64_t timeout_ms) {
  return monotonic_ns() + static_cast<uint64_t>(timeout_ms) * kNsPerMs;
}

uint64_t number_in(const std::string& text, const std::string& name) {
  const size_t at = text.find("\n" + name + ":");
  uint64_t number = 0;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + name.size() + 2, text.data() + text.size(), number);
  return number;
}

}  // namespace

// The manifest and where its last segment ends now.
Status RestoredRedis::look() {
  for (int attempt = 0; true; ++attempt) {
    auto manifest = read_current_manifest(journal_dir_);
    if (!manifest.ok()) return manifest.error();
    manifest_ = std::move(manifest).value();
    end_ = {manifest_.base.replid, manifest_.base.offset};
    if (manifest_.segments.empty()) return {};
    const auto redo = read_redo(journal_dir_);
    if (!redo.ok()) return redo.error();
    auto file = open_segment(journal_dir_, manifest_.segments.back(), redo.value());
    // Taken away by retention or a new generation just now: the manifest names others then.
    if (!file.ok() && attempt < kAttemptsMax) continue;
    if (!file.ok()) return file.error();
    auto scan = scan_segment(*file.value());
    if (!scan.ok()) return scan.error();
    end_ = {scan.value().replid, scan.value().end};
    return {};
  }
}

Status RestoredRedis::begin() {
  if (Status looked = look(); !looked.ok()) return looked;
  return give();
}

Status RestoredRedis::catch_up(uint64_t offset) {
  const Position before = end_;
  const uint64_t deadline = deadline_ns(kFollowMs);
  while (true) {
    if (Status looked = look(); !looked.ok()) return looked;
    if (end_.offset >= offset) break;
    if (monotonic_ns() > deadline)
      return Error(ErrorCode::kTimeout, "the journal stays at offset " + std::to_string(end_.offset) +
                                            " and does not reach " + std::to_string(offset) +
                                            ", where Redis is; is a Holdfast running that writes it?");
    if (!stop_.sleep_ms(kPollMs)) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
  }
  if (end_.replid == before.replid && end_.offset == before.offset) return {};
  return give();
}

Status RestoredRedis::give() {
  auto data = GenerationData::open(journal_dir_, manifest_, end_);
  if (!data.ok()) return data.error();
  Endpoint any;
  any.host = "127.0.0.1";
  auto source = ReplicationSource::listen(any, *data.value(), ServingRules{});
  if (!source.ok()) return source.error();
  const std::string port = std::to_string(source.value()->endpoint().port);
  if (redis_ == nullptr) {
    auto redis = DisposableRedis::start({.program = redis_server_,
                                         .arguments = {"--replicaof", "127.0.0.1 " + port},
                                         .low_priority = low_priority_},
                                        stop_);
    if (!redis.ok()) return redis.error();
    redis_ = std::move(redis).value();
    if (Status ready = redis_->wait_loaded(kPatienceMs); !ready.ok()) return ready;
  } else {
    // It asks the new one for what follows its offset.
    auto connection = redis_->connect(kAnswerMs);
    if (!connection.ok()) return connection.error();
    auto told = connection.value()->command({"REPLICAOF", "127.0.0.1", port});
    if (!told.ok()) return told.error();
  }
  source_ = std::move(source).value();  // the one before ends before its data go
  data_ = std::move(data).value();
  return wait_given();
}

Status RestoredRedis::wait_given() {
  const uint64_t deadline = deadline_ns(kPatienceMs);
  while (true) {
    auto connection = redis_->connect(kAnswerMs);
    auto info = connection.ok() ? connection.value()->command({"INFO", "replication"}) : connection.error();
    if (info.ok() && info.value().find("\nmaster_link_status:up") != std::string::npos &&
        number_in(info.value(), "slave_repl_offset") >= end_.offset)
      return {};
    if (Status alive = redis_->wait_loaded(kPatienceMs); !alive.ok()) return alive;
    int failures = 0;
    std::string problem;
    for (const ReplicaProgress& replica : source_->replicas()) {
      if (replica.phase != ReplicaProgress::Phase::kEnded || replica.problem.empty()) continue;
      ++failures;
      problem = replica.problem;
    }
    if (failures >= kAttemptsMax)
      return Error(ErrorCode::kUnavailable, "the journal could not be given: " + problem);
    if (monotonic_ns() > deadline)
      return Error(ErrorCode::kTimeout, "the restored Redis did not get everything");
    if (!stop_.sleep_ms(kPollMs)) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
  }
}

}  // namespace holdfast::journal
