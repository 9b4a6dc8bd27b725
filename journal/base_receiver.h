// Finds the end of the RDB that a full resync sends, in either of its two forms.
//
// "$<length>" (from disk) counts; "$EOF:<40 bytes>" (diskless) ends with those 40 bytes, which may straddle
// any two reads (replication.c, readSyncBulkPayload and rdbPipeReadHandler). Pure; journal thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

class BaseReceiver {
 public:
  static constexpr size_t kMarkerBytes = 40;

  using Sink = std::function<Status(std::string_view)>;

  // `announcement` is the line before the payload, without CRLF. `sink` receives the payload in order.
  static Result<BaseReceiver> create(std::string_view announcement, Sink sink);

  // `consumed`: how many of `bytes` belong to the base, its marker included; the rest is the stream.
  Status feed(std::string_view bytes, size_t& consumed);

  bool done() const { return done_; }
  uint64_t received() const { return received_; }  // bytes of the payload given to the sink
  uint64_t expected() const { return marker_.empty() ? left_ + received_ : 0; }  // 0: not known

 private:
  explicit BaseReceiver(Sink sink) : sink_(std::move(sink)) {}
  Status emit(std::string_view bytes);

  Sink sink_;
  std::string marker_;  // empty: `left_` counts
  std::string held_;    // the last bytes of the payload so far that can be the start of the marker
  uint64_t left_ = 0;
  uint64_t received_ = 0;
  bool done_ = false;
};

}  // namespace holdfast::journal
