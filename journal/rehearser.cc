#include "journal/rehearser.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "base/scheduling.h"

namespace holdfast::journal {
namespace {

std::string mark_path(const config::Upstream& upstream) {
  return upstream.journal.dir.value + "/" + std::string(kRehearsedName);
}

}  // namespace

Rehearser::Rehearser(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls)
    : upstream_(upstream), tls_(std::move(tls)) {}

Rehearser::~Rehearser() {
  stop();
}

void Rehearser::stop() {
  if (!running()) return;
  stop_->request();
  thread_.join();
}

bool Rehearser::is_due(int64_t now_ms) const {
  const int64_t every_ms = upstream_.journal.rehearse_every_ms;
  if (every_ms == 0 || running()) return false;
  struct stat facts {};
  if (::stat(mark_path(upstream_).c_str(), &facts) != 0) return true;
  return now_ms - int64_t{facts.st_mtim.tv_sec} * 1000 >= every_ms;
}

void Rehearser::start() {
  stop_ = std::make_unique<StopSignal>();
  outcome_.reset();
  ended_ = false;
  thread_ = std::thread([this] {
    lower_priority();
    RehearsalOptions options;
    options.journal_dir = upstream_.journal.dir.value;
    options.redis_server = upstream_.journal.redis_server;
    options.live = &upstream_;
    options.tls = tls_.get();
    outcome_ = rehearse(options, *stop_);
    ended_ = true;
  });
}

std::optional<Result<RehearsalReport>> Rehearser::take_outcome() {
  if (!running() || !ended_) return std::nullopt;
  thread_.join();
  std::ofstream(mark_path(upstream_)) << "when a restore was rehearsed last: the time of this file\n";
  return std::exchange(outcome_, std::nullopt);
}

std::string describe(const RehearsalReport& report) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(report.recover_ms) / 1e3);
  std::string text = "restored in " + std::string(seconds) + " s up to offset " +
                     std::to_string(report.offset) + " with " + std::to_string(report.keys) + " keys";
  if (!report.compared) return text + ", not compared";
  text += "; " + std::to_string(report.sampled) + " keys compared with the live Redis, " +
          std::to_string(report.mismatch_count) + " mismatches";
  if (report.changing > 0)
    text += ", " + std::to_string(report.changing) + " changed too often to be compared";
  for (size_t i = 0; i < report.mismatches.size() && i < 3; ++i)
    text += (i == 0 ? ": " : "; ") + report.mismatches[i];
  return text;
}

}  // namespace holdfast::journal
