// The operations in a replication stream, from its bytes as they come: what ran, in which database, on which
// keys. What Redis adds by itself (SELECT, PING, REPLCONF, MULTI, EXEC) is followed and not told.
//
// Pure; one thread. Memory: the largest command of the stream.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/key_positions.h"
#include "resp/request_parser.h"

namespace holdfast::journal {

struct Operation {
  uint64_t end = 0;  // replication offset after it
  int db = 0;
  std::span<const std::string_view> arguments;  // the first is its name; valid during the call
  // Of its arguments, those that name keys. `keys_known`: there are no others, and it is about nothing but
  // these keys (FLUSHALL, SWAPDB, FUNCTION LOAD ... are about more).
  std::span<const std::string_view> keys;
  bool keys_known = false;
};

class OperationReader {
 public:
  using Sink = std::function<Status(const Operation&)>;

  // The stream begins after `offset`, where `db` is selected.
  OperationReader(uint64_t offset, int db) : offset_(offset), db_(db) {}

  // Told after each command that is not inside MULTI/EXEC, and after EXEC: the offset there.
  void on_border(std::function<void(uint64_t offset)> border) { border_ = std::move(border); }

  // The operations that end in these bytes go to `sink`, whose error ends it. kProtocol: not a stream.
  Status feed(std::string_view bytes, const Sink& sink);

  int db() const { return db_; }

 private:
  Status take(std::span<const std::string_view> arguments, const Sink& sink);

  uint64_t offset_;
  int db_;
  std::string held_;     // of a command that is not whole yet
  uint64_t needed_ = 0;  // bytes of it before another look is worth it
  resp::RequestParser parser_;
  bool in_transaction_ = false;
  std::function<void(uint64_t)> border_;
  policy::KeyUses uses_;
  std::vector<std::string_view> keys_;
};

}  // namespace holdfast::journal
