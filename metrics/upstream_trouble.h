// What keeps one worker from using one upstream, for /readyz: the only thing that a worker tells the admin
// thread in words.
//
// Written by the worker, rarely (a link was lost, Redis answers again); read by the admin thread. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace holdfast::metrics {

class UpstreamTrouble {
 public:
  enum class Kind {
    kNone,
    kNotConnected,  // nobody answers at its address
    kRefused,       // it answers, and does not let us in
    kLostWrites,    // its data are not those that the journal knows
    kBusy,          // connected, and answers everything with an error (a script that does not end)
  };

  // `text` is what the upstream or the system said.
  void set(Kind kind, std::string text) {
    const std::lock_guard lock(mutex_);
    kind_ = kind;
    text_ = std::move(text);
  }
  void clear() { set(Kind::kNone, {}); }

  std::pair<Kind, std::string> get() const {
    const std::lock_guard lock(mutex_);
    return {kind_, text_};
  }

 private:
  mutable std::mutex mutex_;
  Kind kind_ = Kind::kNone;
  std::string text_;
};

}  // namespace holdfast::metrics
