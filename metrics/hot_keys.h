// The keys that are asked for most, in bounded memory: the Space-Saving sketch of Metwally, Agrawal and El
// Abbadi (2005). Each kept key has a count that is never too low and at most `error` too high.
//
// One per worker, which offers a sample of its requests; the admin thread reads a copy. The lock is tried,
// not waited for: a sample more or less does not matter.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::metrics {

struct HotKey {
  std::string name;    // cut at kNameMax
  uint64_t count = 0;  // of samples
  uint64_t error = 0;
};

class HotKeys {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kNameMax = 128;
  // Every so many requests a worker offers one.
  static constexpr uint32_t kSampleEvery = 128;

  void offer(std::string_view key);
  // The most frequent first.
  std::vector<HotKey> top(size_t most) const;
  // Halves all counts, so that what was hot an hour ago is not hot for ever. Called by the worker.
  void age();

 private:
  // Its place in keys_, or kKept.
  size_t find(std::string_view key, uint32_t hash) const;

  mutable std::mutex mutex_;
  std::vector<HotKey> keys_;
  std::vector<uint32_t> hashes_;  // of the names in keys_: what most offers look at
};

// The sketches of several workers as one.
std::vector<HotKey> merged(const std::vector<std::vector<HotKey>>& workers, size_t most);

}  // namespace holdfast::metrics
