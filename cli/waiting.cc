#include "cli/waiting.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/clock.h"

namespace holdfast::cli {
namespace {

constexpr uint64_t kShownAfterNs = 1'000'000'000;
constexpr auto kPeriod = std::chrono::milliseconds(100);
constexpr size_t kBarColumns = 30;
constexpr size_t kBlockColumns = 5;

// A block that goes to and fro: how far it is nobody can say.
std::string bar(size_t step) {
  constexpr size_t kWay = kBarColumns - kBlockColumns;
  const size_t at = step % (2 * kWay);
  std::string columns(kBarColumns, '.');
  columns.replace(at < kWay ? at : 2 * kWay - at, kBlockColumns, kBlockColumns, '#');
  return "[" + columns + "]";
}

}  // namespace

Waiting::Waiting(std::string what) : what_(std::move(what)) {
  if (::isatty(STDERR_FILENO) != 1) return;
  try {
    thread_ = std::thread([this] { draw_until_over(); });
  } catch (const std::system_error&) {
    // Then nothing is drawn.
  }
}

Waiting::~Waiting() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Waiting::say(std::string what) {
  const std::lock_guard lock(mutex_);
  what_ = std::move(what);
}

void Waiting::draw_until_over() {
  const uint64_t started_ns = monotonic_ns();
  bool drawn = false;
  std::unique_lock lock(mutex_);
  for (size_t step = 0; !changed_.wait_for(lock, kPeriod, [this] { return over_; }); ++step) {
    const uint64_t waited_ns = monotonic_ns() - started_ns;
    if (waited_ns < kShownAfterNs) continue;
    std::fprintf(stderr, "\r%s %s %llu s\x1b[K", what_.c_str(), bar(step).c_str(),
                 static_cast<unsigned long long>(waited_ns / 1'000'000'000));
    std::fflush(stderr);
    drawn = true;
  }
  if (drawn) std::fputs("\r\x1b[K", stderr);
}

}  // namespace holdfast::cli
