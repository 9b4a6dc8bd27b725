// A stock redis-server that is told REPLICAOF the journal: it gets everything, with Redis's own offsets.
#include "journal/replication_source.h"

#include <gtest/gtest.h>

#include <atomic>

#include "journal/generation_data.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/tcp_socket.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TcpSocket;
using testing::TempDir;
using testing::wait_until;

const Endpoint kAnywhere{Endpoint::Kind::kTcp, "127.0.0.1", 0, ""};

// A journal of a Redis that is gone, and what that Redis had.
struct Written {
  explicit Written(uint64_t segment_size = 256u << 20) {
    config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
    upstream.journal.segment_size_bytes = segment_size;
    Journal journal(upstream);
    RedisClient client(redis.port());
    set_keys(client, 0, 1000);  // these are in the base
    journal.start();
    EXPECT_TRUE(wait_ready(journal));
    for (int round = 0; round < 40; ++round) write_of_everything(client, round);
    set_keys(client, 1000, 3000, 500);
    EXPECT_TRUE(wait_caught_up(journal, client));
    journal.stop();
    expected = digest(client);
    end = {client.info("replication", "master_replid"), journal.watermark().durable_offset};
  }
  std::unique_ptr<GenerationData> open() const {
    auto manifest = read_manifest(dir.file("journal") + "/" + std::string(kManifestName));
    EXPECT_TRUE(manifest.ok() && manifest.value());
    auto data = GenerationData::open(dir.file("journal"), *manifest.value(), end);
    EXPECT_TRUE(data.ok()) << data.error().message();
    return std::move(data).value();
  }

  RedisServer redis;
  TempDir dir;
  std::string expected;
  Position end;
};

void replicate(RedisClient& client, const ReplicationSource& source) {
  EXPECT_EQ(client.command({"REPLICAOF", "127.0.0.1", std::to_string(source.endpoint().port)}), "OK");
}

bool wait_offset(RedisClient& client, uint64_t offset) {
  const bool came =
      wait_until([&] { return client.info("replication", "slave_repl_offset") == std::to_string(offset); });
  EXPECT_TRUE(came) << client.command({"INFO", "replication"});
  return came;
}

void expect_all_there(RedisClient& client, const Written& written) {
  ASSERT_TRUE(wait_offset(client, written.end.offset));
  EXPECT_EQ(client.command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(digest(client), written.expected);
  EXPECT_EQ(client.info("replication", "master_replid2"), written.end.replid);
  EXPECT_EQ(client.info("replication", "second_repl_offset"), std::to_string(written.end.offset + 1));
}

TEST(ReplicationSource, ARedisGetsEverythingAndKnowsTheHistory) {
  const Written written;
  const auto data = written.open();
  auto source = ReplicationSource::listen(kAnywhere, *data, {});
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer empty;
  RedisClient client(empty.port());
  replicate(client, *source.value());
  ASSERT_TRUE(wait_until([&] {
    const auto replicas = source.value()->replicas();
    return replicas.size() == 1 && replicas[0].acknowledged == written.end.offset;
  }));
  expect_all_there(client, written);
}

TEST(ReplicationSource, ManySegmentsAndManyReplicasAtOnce) {
  const Written written(64u << 10);
  const auto data = written.open();
  auto source = ReplicationSource::listen(kAnywhere, *data, {});
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer servers[3];
  for (RedisServer& server : servers) {
    RedisClient client(server.port());
    replicate(client, *source.value());
  }
  for (RedisServer& server : servers) {
    RedisClient client(server.port());
    expect_all_there(client, written);
  }
}

TEST(ReplicationSource, AReplicaThatWasCutOffGoesOnWhereItWas) {
  const Written written;
  const auto data = written.open();
  std::atomic<int> full = 0;
  std::atomic<int> partial = 0;
  ServingRules rules;
  rules.judge = [&](const PsyncRequest& request) {
    const bool known = request.replid == written.end.replid;
    ++(known ? partial : full);
    return PsyncVerdict{known ? PsyncVerdict::Kind::kContinue : PsyncVerdict::Kind::kFull, {}};
  };
  auto source = ReplicationSource::listen(kAnywhere, *data, rules);
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer empty;
  RedisClient client(empty.port());
  replicate(client, *source.value());
  ASSERT_TRUE(wait_offset(client, written.end.offset));
  source.value()->disconnect_all();
  ASSERT_TRUE(wait_until([&] { return partial == 1; }));
  expect_all_there(client, written);
  EXPECT_EQ(full, 1);
}

TEST(ReplicationSource, APartOfTheStreamIsExactlyThatPart) {
  const Written written(64u << 10);
  const auto data = written.open();
  std::string whole;
  ASSERT_TRUE(data->read_stream(data->start(),
                                [&](std::string_view bytes) -> Status {
                                  whole += bytes;
                                  return {};
                                })
                  .ok());
  ASSERT_EQ(whole.size(), data->end() - data->start());
  for (const uint64_t from :
       {uint64_t{1}, uint64_t{4096}, whole.size() / 2, whole.size() - 1, whole.size()}) {
    std::string part;
    ASSERT_TRUE(data->read_stream(data->start() + from,
                                  [&](std::string_view bytes) -> Status {
                                    part += bytes;
                                    return {};
                                  })
                    .ok());
    EXPECT_EQ(part, whole.substr(from)) << from;
  }
}

TEST(ReplicationSource, AFrozenRedisKeepsWhatItHasAndTakesNoWrites) {
  const Written written;
  const auto data = written.open();
  ServingRules rules;
  std::atomic<bool> frozen = true;
  std::string asked;
  rules.judge = [&](const PsyncRequest& request) {
    asked = request.replid;
    return PsyncVerdict{frozen ? PsyncVerdict::Kind::kFreeze : PsyncVerdict::Kind::kFull, {}};
  };
  auto source = ReplicationSource::listen(kAnywhere, *data, rules);
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer redis;
  RedisClient client(redis.port());
  ASSERT_EQ(client.command({"SET", "mine", "1"}), "OK");
  const std::string replid = client.info("replication", "master_replid");
  replicate(client, *source.value());
  ASSERT_TRUE(wait_until([&] { return client.info("replication", "master_link_status") == "up"; }));
  EXPECT_EQ(asked, replid);  // what a Redis asks with is what INFO said
  EXPECT_EQ(client.command({"GET", "mine"}), "1");
  EXPECT_TRUE(client.command({"SET", "mine", "2"}).starts_with("-READONLY"));
  frozen = false;
  source.value()->disconnect_all();
  expect_all_there(client, written);
  EXPECT_EQ(client.command({"GET", "mine"}), "(nil)");
}

TEST(ReplicationSource, StrangersGetNothing) {
  const Written written;
  const auto data = written.open();
  ServingRules rules;
  rules.judge = [&](const PsyncRequest&) {
    return PsyncVerdict{PsyncVerdict::Kind::kRefuse, "you are not the one"};
  };
  auto source = ReplicationSource::listen(kAnywhere, *data, rules);
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer empty;
  RedisClient client(empty.port());
  replicate(client, *source.value());
  ASSERT_TRUE(wait_until([&] { return empty.log().find("you are not the one") != std::string::npos; }));
  EXPECT_EQ(client.command({"DBSIZE"}), "0");

  TcpSocket stranger(source.value()->endpoint().port);
  ASSERT_TRUE(stranger.send("GET key:1\r\nPSYNC ? -1\r\n"));
  EXPECT_EQ(stranger.read_to_end().value_or("(deadline)"),
            "-ERR holdfast: this address only answers REPLICAOF\r\n-ERR holdfast: you are not the one\r\n");
  TcpSocket gibberish(source.value()->endpoint().port);
  ASSERT_TRUE(gibberish.send("*1\r\n$999999999999\r\n"));
  EXPECT_EQ(gibberish.read_to_end().value_or("(deadline)"), "");
  const auto replicas = source.value()->replicas();
  ASSERT_FALSE(replicas.empty());
  for (const ReplicaProgress& replica : replicas) EXPECT_EQ(replica.sent, 0u);
}

TEST(ReplicationSource, ADamagedJournalIsNotGivenAsIfItWereWhole) {
  const Written written;
  const std::string base = written.dir.file("journal/appendonly.aof.1.base.rdb");
  std::string bytes = testing::read_file(base);
  bytes[bytes.size() / 2] ^= 1;
  testing::write_file(base, bytes);
  const auto data = written.open();
  auto source = ReplicationSource::listen(kAnywhere, *data, {});
  ASSERT_TRUE(source.ok()) << source.error().message();
  RedisServer empty;
  RedisClient client(empty.port());
  replicate(client, *source.value());
  ASSERT_TRUE(wait_until([&] {
    for (const ReplicaProgress& replica : source.value()->replicas())
      if (replica.problem.find(base + ": corrupt") != std::string::npos) return true;
    return false;
  }));
  EXPECT_EQ(client.command({"DBSIZE"}), "0");
}

}  // namespace
}  // namespace holdfast::journal
