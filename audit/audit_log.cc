#include "audit/audit_log.h"

#include <chrono>
#include <csignal>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace holdfast::audit {
namespace {

// How often merged events are looked through, a renamed file is noticed, and a full disk is tried again.
constexpr std::chrono::milliseconds kPeriod(1'000);
constexpr size_t kBatchBytes = 64 * 1024;

}  // namespace

AuditLog::AuditLog(size_t recorders) {
  for (size_t i = 0; i < recorders; ++i)
    recorders_.push_back(std::make_unique<Recorder>([this] {
      {
        const std::lock_guard lock(mutex_);
        work_ = true;
      }
      changed_.notify_one();
    }));
}

AuditLog::~AuditLog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Status AuditLog::configure(const FileOptions& options) {
  auto file = options.path.empty() ? nullptr : std::make_unique<AuditFile>(options);
  if (file != nullptr)
    if (Status opened = file->open(); !opened.ok()) return opened;
  const bool on = file != nullptr;
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(file);
    replace_ = true;
  }
  changed_.notify_one();
  if (on && !thread_.joinable()) thread_ = std::thread([this] { run(); });
  for (auto& recorder : recorders_) recorder->turn(on);
  return {};
}

void AuditLog::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  changed_.notify_one();
}

void AuditLog::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  bool stop = false;
  while (!stop) {
    bool reopen = false, replace = false;
    std::unique_ptr<AuditFile> next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPeriod, [this] { return work_ || stop_ || reopen_ || replace_; });
      work_ = false;
      stop = stop_;
      reopen = std::exchange(reopen_, false);
      replace = std::exchange(replace_, false);
      next = std::move(next_);
    }
    // What waits goes to the new file; turned off, to the old one.
    const bool turned_off = replace && next == nullptr;
    if (replace && !turned_off) file_ = std::move(next);
    write_out(stop || turned_off);
    if (turned_off) file_.reset();
    if (reopen && file_ != nullptr)
      if (const Status status = file_->reopen(); !status.ok()) failed(status.error(), 0);
  }
}

void AuditLog::write_out(bool all) {
  const int64_t now = unix_ms();
  for (auto& recorder : recorders_) {
    recorder->take(events_, now, all);
    const uint64_t dropped = recorder->take_dropped();
    unsaid_dropped_ += dropped;
    stats_.dropped.add(dropped);
  }
  if (file_ != nullptr) {
    std::string batch;
    size_t in_batch = 0;
    const auto flush = [&] {
      if (in_batch == 0) return;
      if (const Status status = file_->append(batch); status.ok()) {
        stats_.written.add(in_batch);
        if (stats_.failing.get() != 0) log::info("the audit log is written again");
        stats_.failing.set(0);
        problem_.clear();
      } else {
        failed(status.error(), in_batch);
      }
      batch.clear();
      in_batch = 0;
    };
    for (const Event& event : events_) {
      batch += to_line(event);
      ++in_batch;
      if (batch.size() >= kBatchBytes) flush();
    }
    flush();
    if (unsaid_dropped_ > 0) note_dropped();
  }
  events_.clear();
}

void AuditLog::note_dropped() {
  const std::string line = "{\"time\":\"" + rfc3339(unix_ms()) +
                           "\",\"event\":\"dropped\",\"count\":" + std::to_string(unsaid_dropped_) + "}\n";
  if (file_->append(line).ok()) unsaid_dropped_ = 0;
}

void AuditLog::failed(const Error& error, size_t events) {
  stats_.dropped.add(events);
  unsaid_dropped_ += events;
  stats_.failing.set(1);
  if (std::exchange(problem_, error.message()) == error.message()) return;
  log::error(error.message() + "; what it should hold is dropped until it can be written, and counted");
}

}  // namespace holdfast::audit
