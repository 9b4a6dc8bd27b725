// What the links of a worker have written lately: when, and the first bytes of it. So the time of a request
// can be split, and one that turns out to be slow can be named, at no cost to each request: its reply only
// remembers the number of the write that carried it (asked.h).
//
// A write is what one link gathers in a turn. Bounded: the times of the last kTimes writes, and the first
// kBytesOfOne bytes of each of the last ones that fit into kBytes. Those that durable writes are among are
// kept apart from the others, since they are asked about later. Nothing is shown to anybody but what find()
// answers: a name and a key.
//
// Owned by a worker; its thread only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policy/command_table.h"
#include "policy/key_positions.h"
#include "resp/request_parser.h"

namespace holdfast::proxy {

class SentRequests {
 public:
  static constexpr size_t kTimes = 512;
  static constexpr size_t kWrites = 256;
  static constexpr size_t kBytesOfOne = 4 * 1024;
  static constexpr size_t kBytes = 128 * 1024;

  // The number of a write that a link begins to gather; never 0.
  uint32_t begin() {
    if (++last_ == 0) ++last_;
    times_[last_ % kTimes] = 0;
    return last_;
  }
  // It was written at that time.
  void written(uint32_t flush, uint64_t now_ns) { times_[flush % kTimes] = now_ns; }
  // 0: it was not written yet, or that is too long ago.
  uint64_t written_ns(uint32_t flush) const {
    return flush != 0 && last_ - flush < kTimes ? times_[flush % kTimes] : 0;
  }

  // Keeps the beginning of its bytes, which begin with a request. `gated`: replies to some of it wait for the
  // journal.
  void keep(uint32_t flush, std::string_view bytes, bool gated);

  struct Request {
    policy::CommandId id = policy::kUnknownCommand;
    std::string name;  // as it was sent
    std::string key;   // the first one; empty: it has none, or it is not known
  };
  // Nothing: it is not kept any more.
  std::optional<Request> find(uint32_t flush, uint32_t place);

 private:
  struct Write {
    uint32_t flush = 0;
    uint32_t begin = 0;
    uint32_t size = 0;
  };
  // Both are rings; a write is forgotten when another one takes its bytes or its entry.
  struct Kept {
    std::unique_ptr<char[]> bytes;  // kBytes, made when it is first used
    std::array<Write, kWrites> writes{};
    size_t newest = 0;  // the place in `writes` of the last one
    size_t end = 0;     // of its bytes

    void add(uint32_t flush, std::string_view beginning);
    std::string_view find(uint32_t flush) const;
  };

  uint32_t last_ = 0;
  std::array<uint64_t, kTimes> times_{};
  Kept kept_, kept_gated_;
  resp::RequestParser parser_;
  policy::KeyUses uses_;
};

}  // namespace holdfast::proxy
