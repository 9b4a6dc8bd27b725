// One sentence that a worker has for /readyz. Empty: all is well. Written rarely; any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace holdfast::metrics {

class Notice {
 public:
  void set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
  }

  std::string get() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

}  // namespace holdfast::metrics
