#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "cli/offline.h"
#include "cli/readable.h"

namespace holdfast::cli {
namespace {

constexpr uint64_t kShownAfterNs = 1'000'000'000;
constexpr uint64_t kPeriodNs = 100'000'000;
constexpr size_t kBarColumns = 30;

}  // namespace

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      started_ns_(monotonic_ns()),
      is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_ns_ != 0) std::fputs("\r\x1b[K", stderr);
}

Status Progress::add(uint64_t bytes) {
  done_ += bytes;
  if (is_terminal_) {
    const uint64_t now_ns = monotonic_ns();
    if (now_ns - started_ns_ >= kShownAfterNs && now_ns - drawn_ns_ >= kPeriodNs) draw(now_ns);
  }
  return not_interrupted();
}

std::function<Status(uint64_t)> Progress::callback() {
  return [this](uint64_t bytes) { return add(bytes); };
}

void Progress::draw(uint64_t now_ns) {
  drawn_ns_ = now_ns;
  const double seconds = static_cast<double>(now_ns - started_ns_) / 1e9;
  const double speed = static_cast<double>(done_) / seconds;
  std::string line = what_ + " ";
  if (total_ > 0) {
    const double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    const auto columns = static_cast<size_t>(part * static_cast<double>(kBarColumns));
    line += "[" + std::string(columns, '#') + std::string(kBarColumns - columns, '.') + "] " +
            std::to_string(static_cast<int>(part * 100)) + "% of " + readable_bytes(total_);
  } else {
    line += readable_bytes(done_);
  }
  line += ", " + readable_bytes(static_cast<uint64_t>(speed)) + "/s";
  std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
  std::fflush(stderr);
}

}  // namespace holdfast::cli
