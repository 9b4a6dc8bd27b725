#include "tests/support/redis_client.h"

#include <gtest/gtest.h>

namespace holdfast::testing {
namespace {

std::string to_text(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ERROR:
      return "-" + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string text = "[";
      for (size_t i = 0; i < reply.elements; ++i) {
        if (i > 0) text += ", ";
        text += to_text(*reply.element[i]);
      }
      return text + "]";
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

struct Arguments {
  explicit Arguments(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
      pointers.push_back(argument.data());
      sizes.push_back(argument.size());
    }
  }
  int count() const { return static_cast<int>(pointers.size()); }
  std::vector<const char*> pointers;
  std::vector<size_t> sizes;
};

}  // namespace

RedisClient::RedisClient(int port) : context_(redisConnect("127.0.0.1", port)) {
  EXPECT_TRUE(connected()) << "cannot connect to 127.0.0.1:" << port;
}

RedisClient::RedisClient(const std::string& unix_path) : context_(redisConnectUnix(unix_path.c_str())) {
  EXPECT_TRUE(connected()) << "cannot connect to " << unix_path;
}

RedisClient::~RedisClient() {
  if (context_ != nullptr) redisFree(context_);
}

std::string RedisClient::command(const std::vector<std::string>& arguments) {
  append(arguments);
  return next_reply();
}

void RedisClient::append(const std::vector<std::string>& arguments) {
  Arguments converted(arguments);
  redisAppendCommandArgv(context_, converted.count(), converted.pointers.data(), converted.sizes.data());
}

std::string RedisClient::next_reply() {
  void* raw = nullptr;
  if (redisGetReply(context_, &raw) != REDIS_OK || raw == nullptr)
    return std::string("(connection lost: ") + context_->errstr + ")";
  auto* reply = static_cast<redisReply*>(raw);
  std::string text = to_text(*reply);
  freeReplyObject(reply);
  return text;
}

std::string RedisClient::info(const std::string& section, const std::string& field) {
  const std::string text = "\n" + command({"INFO", section});
  const size_t at = text.find("\n" + field + ":");
  if (at == std::string::npos) return "";
  const size_t from = at + field.size() + 2;
  return text.substr(from, text.find('\r', from) - from);
}

}  // namespace holdfast::testing
