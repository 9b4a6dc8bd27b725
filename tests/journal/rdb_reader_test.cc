#include "journal/rdb_reader.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "journal/crc32c.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;

struct Seen {
  std::string type;
  std::string text;
  bool expires = false;
  bool operator==(const Seen&) const = default;
};

class RdbReaderTest : public ::testing::Test {
 protected:
  // Every type in every form that this server writes, small and large.
  void fill(RedisClient& client) {
    const std::string large(3'000, 'a');
    client.command({"SET", "text", "paid", "EX", "10000"});
    client.command({"SET", "number", "-70000"});
    client.command({"SET", large, large});
    client.command({"SET", "123", "a key that is a number"});
    client.command({"SADD", "set of numbers", "1", "2"});
    client.command({"EVAL",
                    "for i = 1, 1000 do local t = string.rep('x', 90) .. i "
                    "redis.call('HSET', 'large hash', t, i) redis.call('RPUSH', 'large list', t) "
                    "redis.call('SADD', 'large set', t) redis.call('ZADD', 'large zset', i * 1.5, t) "
                    "redis.call('XADD', 'large stream', i .. '-1', 'f', t) end",
                    "0"});
    client.command({"RPUSH", "huge list", std::string(20'000, 'z')});
    client.command({"XGROUP", "CREATE", "large stream", "group", "0"});
    client.command({"XREADGROUP", "GROUP", "group", "me", "COUNT", "5", "STREAMS", "large stream", ">"});
    client.command({"FUNCTION", "LOAD",
                    "#!lua name=lib\nredis.register_function('f', function(keys, args) return 1 end)"});
    client.command({"SELECT", "9"});
    client.command({"HSET", "hash", "a", "1"});
    client.command({"RPUSH", "list", "a"});
    client.command({"SADD", "set", "a"});
    client.command({"ZADD", "zset", "1", "a"});
    client.command({"XADD", "stream", "1-1", "f", "v"});
  }

  Status read(const std::string& bytes) {
    testing::write_file(dir_.file("rdb"), bytes);
    auto file = FileReader::open(dir_.file("rdb"));
    seen_.clear();
    RdbReadOptions options;
    options.key = [this](const RdbKey& key) -> Status {
      seen_[std::to_string(key.db) + " " + std::string(key.key.substr(0, 20))] = {
          std::string(key.type), key.text.value_or(""), key.expires_ms.has_value()};
      return {};
    };
    const auto crc = read_rdb(*file.value(), options);
    if (!crc.ok()) return crc.error();
    EXPECT_EQ(crc.value(), crc32c(0, bytes));
    return {};
  }

  testing::TempDir dir_;
  std::map<std::string, Seen> seen_;
};

TEST_F(RdbReaderTest, SeesEveryKeyOfARealRedis) {
  RedisServer redis;
  RedisClient client(redis.port());
  fill(client);
  client.command({"SAVE"});
  const std::string rdb = testing::read_file(redis.dir() + "/dump.rdb");
  const Status done = read(rdb);
  ASSERT_TRUE(done.ok()) << done.error().message();
  const std::map<std::string, Seen> expected = {
      {"0 text", {"string", "paid", true}},
      {"0 number", {"string", "-70000", false}},
      {"0 " + std::string(20, 'a'), {"string", std::string(RdbKey::kTextBytes, 'a'), false}},
      {"0 123", {"string", "a key that is a number", false}},
      {"0 set of numbers", {"set", "", false}},
      {"0 large hash", {"hash", "", false}},
      {"0 large list", {"list", "", false}},
      {"0 huge list", {"list", "", false}},
      {"0 large set", {"set", "", false}},
      {"0 large zset", {"zset", "", false}},
      {"0 large stream", {"stream", "", false}},
      {"9 hash", {"hash", "", false}},
      {"9 list", {"list", "", false}},
      {"9 set", {"set", "", false}},
      {"9 zset", {"zset", "", false}},
      {"9 stream", {"stream", "", false}}};
  EXPECT_EQ(seen_, expected);
}

TEST_F(RdbReaderTest, WhatIsCutOffOrChangedIsAnErrorAndNothingWorse) {
  RedisServer redis;
  RedisClient client(redis.port());
  client.command({"SET", "text", "paid", "EX", "10000"});
  client.command({"SET", "long", std::string(100, 'a')});
  client.command({"XADD", "stream", "1-1", "f", "v"});
  client.command({"XGROUP", "CREATE", "stream", "group", "0"});
  client.command({"XREADGROUP", "GROUP", "group", "me", "STREAMS", "stream", ">"});
  client.command({"SAVE"});
  const std::string rdb = testing::read_file(redis.dir() + "/dump.rdb");
  ASSERT_TRUE(read(rdb).ok());
  for (size_t size = 0; size + 9 <= rdb.size(); ++size) ASSERT_FALSE(read(rdb.substr(0, size)).ok()) << size;
  std::minstd_rand random(1);
  for (int i = 0; i < 500; ++i) {
    std::string changed = rdb;
    changed[random() % changed.size()] = static_cast<char>(random());
    (void)read(changed);  // some are as good an RDB as before; the checksum is somebody else's to compare
  }
  std::string newer = rdb;
  newer.replace(5, 4, "0080");
  const Status refused = read(newer);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace holdfast::journal
