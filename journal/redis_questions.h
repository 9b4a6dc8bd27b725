// Questions to a Redis whose answers are more than one line: any reply, as a tree of values.
//
// Over a RedisConnection, on its thread. An error reply is an Error with code kRefused and the reply's text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/redis_connection.h"

namespace holdfast::journal {

struct RedisValue {
  enum class Kind { kText, kNumber, kNothing, kList };
  Kind kind = Kind::kNothing;
  std::string text;  // of a number too
  std::vector<RedisValue> list;

  // 0 for what is no number.
  int64_t number() const;
};

class RedisQuestions {
 public:
  // `connection` must outlive it. An answer may be at most `bytes_max` long.
  explicit RedisQuestions(RedisConnection& connection, size_t bytes_max = size_t{1} << 30)
      : connection_(connection), bytes_max_(bytes_max) {}

  Result<RedisValue> ask(std::initializer_list<std::string_view> command);
  // Several at once: their bytes (RedisConnection::encode), then an answer for each.
  Status send(std::string_view commands) { return connection_.send_all(commands); }
  Result<RedisValue> read();

 private:
  Result<std::string> read_line();
  Result<RedisValue> read_value(int depth);
  Status read_body(size_t size, std::string& text);

  RedisConnection& connection_;
  const size_t bytes_max_;
  std::string buffer_;
  size_t at_ = 0;
  size_t taken_ = 0;  // of this answer
};

}  // namespace holdfast::journal
