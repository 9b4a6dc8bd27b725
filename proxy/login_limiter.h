// How fast somebody may try passwords: after a few wrong ones, one attempt a second for each user from each
// address. Shared by all workers; any thread. The table is bounded: when it is full, whoever has failed the
// longest time ago is forgotten.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace holdfast::proxy {

class LoginLimiter {
 public:
  static constexpr int kBurst = 10;

  // `who`: the address and the user. May its password be looked at now? `now_ns` is monotonic.
  bool allows(const std::string& who, uint64_t now_ns);
  void failed(const std::string& who, uint64_t now_ns);
  void succeeded(const std::string& who);

 private:
  static constexpr size_t kEntriesMax = 4096;
  static constexpr uint64_t kRefillNs = 1'000'000'000;

  struct Entry {
    int left = kBurst;  // attempts
    uint64_t refilled_ns = 0;
  };

  static void refill(Entry& entry, uint64_t now_ns);
  void forget_one();

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace holdfast::proxy
