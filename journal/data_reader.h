// Reads what a redis-server of our own holds: the state of each key, and the sum of all.
//
// One thread. The server must allow DEBUG, answer to nobody else and not change meanwhile. Values stay there:
// it makes a digest of each itself (DEBUG DIGEST-VALUE, debug.c), so memory does not depend on their size.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "journal/data_sum.h"
#include "journal/redis_questions.h"

namespace holdfast::journal {

using DataKey = std::pair<int, std::string>;  // database and name
using KeyStates = std::map<DataKey, KeyState>;

class DataReader {
 public:
  explicit DataReader(std::unique_ptr<RedisConnection> connection)
      : connection_(std::move(connection)), redis_(*connection_) {}

  // In this order.
  Result<std::vector<KeyState>> read_keys(int database, std::span<const std::string_view> keys);
  Result<KeyStates> read_keys(const std::set<DataKey>& keys);
  // All keys of all databases but those in `without`, and the functions. `progress` is told how many keys
  // have been read of how many; an error of it ends the reading.
  using Progress = std::function<Status(uint64_t keys, uint64_t of)>;
  Status read_all(const std::set<DataKey>& without, const Progress& progress, DataSum& sum);
  // What it has applied of its primary's stream, and whether it is attached to it.
  Result<int64_t> applied_offset();

 private:
  Status read_database(int database, const std::set<DataKey>& without, const std::function<Status()>& step,
                       DataSum& sum);
  Status read_functions(DataSum& sum);
  Status select(int database);

  std::unique_ptr<RedisConnection> connection_;
  RedisQuestions redis_;
  int database_ = -1;
};

}  // namespace holdfast::journal
