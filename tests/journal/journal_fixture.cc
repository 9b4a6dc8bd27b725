#include "tests/journal/journal_fixture.h"

#include <gtest/gtest.h>

#include "journal/restore.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

config::Upstream upstream_at(int port, const std::string& journal_dir) {
  config::Upstream upstream;
  upstream.name = "main";
  upstream.endpoint.value = Endpoint{Endpoint::Kind::kTcp, "127.0.0.1", static_cast<uint16_t>(port), ""};
  upstream.journal.dir.value = journal_dir;
  upstream.journal.serve.value = Endpoint{Endpoint::Kind::kTcp, "127.0.0.1", 0, ""};
  upstream.journal.retention.age_ms = int64_t{7} * 24 * 3600 * 1000;
  return upstream;
}

bool wait_ready(const Journal& journal) {
  const bool ready = wait_until([&] { return journal.state().ready; });
  EXPECT_TRUE(ready) << journal.state().reason;
  return ready;
}

bool wait_reason(const Journal& journal, const std::string& part) {
  const bool found = wait_until([&] { return journal.state().reason.find(part) != std::string::npos; });
  EXPECT_TRUE(found) << "waited for '" << part << "', but: " << journal.state().reason;
  return found;
}

bool wait_caught_up(const Journal& journal, RedisClient& client) {
  const uint64_t offset = std::stoull(client.info("replication", "master_repl_offset"));
  const bool done = wait_until([&] { return journal.watermark().durable_offset >= offset; });
  EXPECT_TRUE(done) << "at " << journal.watermark().durable_offset << " of " << offset << ": "
                    << journal.state().reason;
  return done;
}

std::string digest(RedisClient& client) {
  return client.command({"DEBUG", "DIGEST"});
}

std::string digest_of_files(const std::string& parent, const std::string& name) {
  RedisServer server({"--dir", parent, "--appendonly", "yes", "--appenddirname", name, "--appendfsync", "no",
                      "--auto-aof-rewrite-percentage", "0"});
  if (!server.running()) return "";
  RedisClient client(server.port());
  return digest(client);
}

std::string digest_of_restore(const std::string& journal_dir) {
  TempDir out;
  auto report = restore_latest(journal_dir, out.file("restored"));
  EXPECT_TRUE(report.ok()) << report.error().message();
  if (!report.ok()) return "";
  EXPECT_EQ(complaints_of_check_aof(out.file("restored/appendonlydir")), "");
  return digest_of_files(out.file("restored"), "appendonlydir");
}

std::string complaints_of_check_aof(const std::string& dir) {
  std::string output;
  const int status = testing::run_program({"redis-check-aof", dir + "/appendonly.aof.manifest"}, output);
  return status == 0 ? "" : output;
}

void write_of_everything(RedisClient& client, int round) {
  const std::string n = std::to_string(round);
  client.command({"SELECT", std::to_string(round % 5)});
  client.command({"SET", "string:" + n, std::string(1000, 'x')});
  client.command({"SET", "expiring:" + n, "v", "EX", "1000"});
  client.command({"RPUSH", "list", n, n, n});
  client.command({"SADD", "set", "a" + n, "b" + n});
  client.command({"SPOP", "set"});
  client.command({"ZADD", "zset", n, "member" + n});
  client.command({"HSET", "hash:" + n, "f", "v", "g", "w"});
  client.command({"XADD", "stream", "*", "field", n});
  client.command({"INCRBYFLOAT", "float", "0.1"});
  client.command({"MULTI"});
  client.command({"INCR", "counter"});
  client.command({"SELECT", std::to_string((round + 1) % 5)});
  client.command({"INCR", "counter"});
  client.command({"EXEC"});
  client.command({"EVAL", "for i=1,3 do redis.call('APPEND', KEYS[1], i) end", "1", "script"});
  client.command({"PUBLISH", "channel", "message"});
}

void set_keys(RedisClient& client, int from, int to, size_t value_bytes) {
  const std::string value(value_bytes, 'v');
  for (int i = from; i < to; ++i)
    client.append({"SET", "key" + std::to_string(i), value + std::to_string(i)});
  for (int i = from; i < to; ++i) ASSERT_EQ(client.next_reply(), "OK");
}

}  // namespace holdfast::journal
