#include "tests/support/wait_until.h"

#include <chrono>
#include <thread>

namespace holdfast::testing {

bool wait_until(const std::function<bool()>& condition, int deadline_s) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(deadline_s);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace holdfast::testing
