// A small blocking client for tests, over hiredis: what an ordinary application uses.
#pragma once

#include <hiredis/hiredis.h>

#include <string>
#include <vector>

namespace holdfast::testing {

class RedisClient {
 public:
  // Connects to loopback; a failure is a test failure, and connected() tells.
  explicit RedisClient(int port);
  explicit RedisClient(const std::string& unix_path);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  bool connected() const { return context_ != nullptr && context_->err == 0; }

  // Runs one command. Strings and statuses come back as they are, integers in decimal, nil as "(nil)",
  // errors as "-<message>", arrays as "[a, b]", a lost connection as "(connection lost: <why>)".
  std::string command(const std::vector<std::string>& arguments);

  // A pipeline: append() any number, then next_reply() once for each.
  void append(const std::vector<std::string>& arguments);
  std::string next_reply();

  // The value of one field of INFO, or "" when it is not there.
  std::string info(const std::string& section, const std::string& field);

  redisContext* context() { return context_; }

 private:
  redisContext* context_ = nullptr;
};

}  // namespace holdfast::testing
