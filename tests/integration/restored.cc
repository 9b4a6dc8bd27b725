#include "tests/integration/restored.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/wait_until.h"

namespace holdfast::testing {

Restored::Restored(const HoldfastProcess& holdfast) {
  const int status = run_program(
      {holdfast.program(), "restore", "--journal", holdfast.journal_dir(), "--to", "latest", "--out", dir()},
      report_);
  EXPECT_EQ(status, 0) << report_;
  std::string check;
  EXPECT_EQ(run_program({"redis-check-aof", dir() + "/appendonlydir/appendonly.aof.manifest"}, check), 0)
      << check;
  redis_ = std::make_unique<RedisServer>(std::vector<std::string>{"--dir", dir(), "--appendonly", "yes"});
  client_ = std::make_unique<RedisClient>(redis_->port());
}

std::string digest(RedisClient& client) {
  return client.command({"DEBUG", "DIGEST"});
}

bool wait_journaled(const HoldfastProcess& holdfast, const RedisServer& redis) {
  RedisClient client(redis.port());
  const std::string offset = client.info("replication", "master_repl_offset");
  const bool done = wait_until([&] {
    return holdfast.metric("holdfast_journal_durable_offset{upstream=\"main\"}") >= std::stod(offset);
  });
  EXPECT_TRUE(done) << "the journal does not reach offset " << offset << ":\n" << holdfast.log();
  return done;
}

}  // namespace holdfast::testing
