// Waiting for something that another thread or process does: polls, never sleeps a fixed time.
#pragma once

#include <functional>

namespace holdfast::testing {

// True as soon as `condition` is; false after a deadline generous enough for a machine under load.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, int deadline_s = 60);

}  // namespace holdfast::testing
