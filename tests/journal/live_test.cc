// A journal at a real redis-server: joining, following, leaving and coming back, without a byte skipped or
// written twice.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "journal/accept.h"
#include "journal/manifest.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/wait_until.h"

namespace holdfast::journal {
namespace {

using testing::RedisClient;
using testing::RedisServer;
using testing::TempDir;
using testing::wait_until;

// Every type, several databases, scripts, transactions, expiries, random choices.
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

// Takes connections and never answers.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() {
    close(client_);
    close(fd_);
  }
  int port() const { return port_; }
  bool wait_for_connection() { return (client_ = accept(fd_, nullptr, nullptr)) >= 0; }

 private:
  int fd_;
  int client_ = -1;
  int port_ = 0;
};

TEST(LiveJournal, TakesASnapshotAndFollows) {
  RedisServer redis;
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.watermark().history, 1u);
  for (int round = 0; round < 50; ++round) write_of_everything(client, round);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  journal.stop();
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, TakesASnapshotFromDiskAsWell) {
  RedisServer redis({"--repl-diskless-sync", "no"});
  RedisClient client(redis.port());
  set_keys(client, 0, 1000);
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  set_keys(client, 500, 1500);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, LosesNothingOfWhatIsWrittenDuringTheSnapshot) {
  for (const char* diskless : {"yes", "no"}) {
    RedisServer redis({"--repl-diskless-sync", diskless, "--rdb-key-save-delay", "200"});
    RedisClient client(redis.port());
    set_keys(client, 0, 2000);
    TempDir dir;
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    for (int round = 0; !journal.state().ready && round < 100'000; ++round)
      client.command({"INCR", "during"});
    ASSERT_TRUE(wait_ready(journal));
    for (int i = 0; i < 100; ++i) client.command({"INCR", "during"});
    ASSERT_TRUE(wait_caught_up(journal, client));
    EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client)) << "diskless: " << diskless;
  }
}

TEST(LiveJournal, ContinuesAfterAStop) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  for (int start = 0; start < 5; ++start) {
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    EXPECT_EQ(journal.stats().full_resyncs.get(), start == 0 ? 1u : 0u);
    EXPECT_EQ(journal.stats().partial_resyncs.get(), start == 0 ? 0u : 1u);
    EXPECT_EQ(journal.watermark().history, 1u);
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
    if (start % 2 == 0) {
      ASSERT_TRUE(wait_caught_up(journal, client));
    }
    journal.stop();
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
  }
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

// INCR, APPEND and RPUSH tell every byte that is journaled twice or not at all.
TEST(LiveJournal, ContinuesAfterSigkill) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  for (int life = 0; life < 8; ++life) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Journal journal(upstream_at(redis.port(), dir.file("journal")));
      journal.start();
      while (true) pause();
    }
    for (int i = 0; i < 3'000; ++i) {
      client.command({"INCR", "counter"});
      client.command({"APPEND", "text", std::to_string(i)});
      client.command({"RPUSH", "list", std::to_string(i)});
      // Not before it has joined, then somewhere in the middle of the load.
      if (i > 500 * (life % 4) && client.info("replication", "connected_slaves") == "1") break;
    }
    ::kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

TEST(LiveJournal, FollowsARedisThatDiesAndComesBackWithItsData) {
  RedisServer redis;
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  for (int life = 0; life < 3; ++life) {
    ASSERT_TRUE(wait_ready(journal));
    RedisClient client(redis.port());
    for (int round = 0; round < 20; ++round) write_of_everything(client, round);
    ASSERT_TRUE(wait_caught_up(journal, client));
    ASSERT_EQ(client.command({"SAVE"}), "OK");
    redis.kill();
    ASSERT_TRUE(wait_until([&] { return !journal.watermark().accepting; }));
    redis.start();
  }
  ASSERT_TRUE(wait_ready(journal));
  RedisClient client(redis.port());
  set_keys(client, 0, 100);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(journal.stats().partial_resyncs.get(), 3u);
  // A new id each time: links must show theirs again.
  EXPECT_EQ(journal.watermark().history, 4u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  journal.stop();

  // The new id is in the files.
  Journal again(upstream_at(redis.port(), dir.file("journal")));
  again.start();
  ASSERT_TRUE(wait_ready(again));
  EXPECT_EQ(again.stats().partial_resyncs.get(), 1u);
}

TEST(LiveJournal, FollowsAPromotedReplica) {
  RedisServer primary;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  const int port = primary.port();
  TempDir dir;
  Journal journal(upstream_at(port, dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  RedisClient client(port);
  RedisClient promoted(replica.port());
  ASSERT_TRUE(wait_until([&] { return promoted.info("replication", "master_link_status") == "up"; }));
  for (int round = 0; round < 20; ++round) write_of_everything(client, round);
  ASSERT_TRUE(wait_caught_up(journal, client));
  ASSERT_TRUE(wait_until([&] {
    return promoted.info("replication", "master_repl_offset") ==
           client.info("replication", "master_repl_offset");
  }));
  primary.kill();
  EXPECT_EQ(promoted.command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(promoted.command({"CONFIG", "SET", "port", std::to_string(port)}), "OK");
  ASSERT_TRUE(wait_until([&] { return !journal.watermark().accepting; }));
  ASSERT_TRUE(wait_ready(journal));
  for (int round = 0; round < 20; ++round) write_of_everything(promoted, round);
  ASSERT_TRUE(wait_caught_up(journal, promoted));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(promoted));
}

TEST(LiveJournal, TakesANewSnapshotWhenTheBacklogIsTooSmall) {
  RedisServer redis({"--repl-backlog-size", "16kb"});
  RedisClient client(redis.port());
  TempDir dir;
  {
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    set_keys(client, 0, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
  }
  set_keys(client, 0, 5000, 100);
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.stats().full_resyncs.get(), 1u);
  EXPECT_EQ(journal.stats().generation.get(), 2u);
  EXPECT_EQ(journal.watermark().history, 1u) << "the offsets go on";
  set_keys(client, 50, 60);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_FALSE(testing::read_file(dir.file("journal/appendonly.aof.generation-1.manifest")).empty());
}

TEST(LiveJournal, HoldsWhenRedisComesBackEmpty) {
  RedisServer redis;
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  std::string before;
  {
    RedisClient client(redis.port());
    set_keys(client, 0, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
    before = digest(client);
  }
  redis.kill();
  redis.start();
  ASSERT_TRUE(wait_reason(journal, "another history"));
  EXPECT_NE(journal.state().reason.find("holdfast accept --journal " + dir.file("journal")),
            std::string::npos);
  EXPECT_FALSE(journal.watermark().accepting);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), before) << "nothing is journaled over it";
  RedisClient client(redis.port());
  auto info = parse_replication_info(client.command({"INFO", "replication"}));
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(journal.check_membership(info.value()).membership, Membership::kForeign);

  client.command({"SET", "new", "data"});
  ASSERT_TRUE(accept_history(dir.file("journal")).ok());
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_EQ(journal.watermark().history, 2u);
  EXPECT_EQ(journal.stats().generation.get(), 2u);
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_FALSE(history_accepted(dir.file("journal"))) << "a word counts once";
  info = parse_replication_info(client.command({"INFO", "replication"}));
  EXPECT_EQ(journal.check_membership(info.value()).membership, Membership::kBelongs);

  // What was there before is still whole.
  TempDir old;
  testing::copy_tree(dir.file("journal"), old.file("aof"));
  testing::write_file(old.file("aof/appendonly.aof.manifest"),
                      testing::read_file(dir.file("journal/appendonly.aof.generation-1.manifest")));
  EXPECT_EQ(digest_of_files(old.path(), "aof"), before);
}

TEST(LiveJournal, AdoptsANewHistoryWhenConfigured) {
  RedisServer redis;
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.on_history_break = config::OnHistoryBreak::kAccept;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  redis.kill();
  redis.start();
  ASSERT_TRUE(wait_until([&] { return journal.watermark().history == 2; }));
  ASSERT_TRUE(wait_ready(journal));
}

TEST(LiveJournal, OnlyOneProcessPerDirectory) {
  RedisServer redis;
  TempDir dir;
  auto first = std::make_unique<Journal>(upstream_at(redis.port(), dir.file("journal")));
  first->start();
  ASSERT_TRUE(wait_ready(*first));
  Journal second(upstream_at(redis.port(), dir.file("journal")));
  second.start();
  ASSERT_TRUE(wait_reason(second, "is in use by another holdfast (pid " + std::to_string(getpid()) + ")"));
  first.reset();
  EXPECT_TRUE(wait_ready(second)) << "and goes on when it is free";
}

TEST(LiveJournal, NeedsThePasswordThatRedisAsksFor) {
  RedisServer redis({"--requirepass", "secret"});
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  {
    Journal journal(upstream);
    journal.start();
    EXPECT_TRUE(wait_reason(journal, "asks for a password"));
  }
  upstream.password = "wrong";
  {
    Journal journal(upstream);
    journal.start();
    EXPECT_TRUE(wait_reason(journal, "refuses the journal's login (WRONGPASS"));
    EXPECT_EQ(journal.state().reason.find("wrong)"), std::string::npos) << "a password is never shown";
  }
  upstream.password = "secret";
  Journal journal(upstream);
  journal.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJournal, SaysWhichRightsItsUserLacks) {
  RedisServer redis;
  RedisClient client(redis.port());
  client.command({"ACL", "SETUSER", "journal", "on", ">pw", "+info", "+replconf"});
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.user = "journal";
  upstream.password = "pw";
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_reason(journal, "ACL SETUSER journal +psync +replconf +info"));
  EXPECT_NE(journal.state().reason.find("does not let the journal run PSYNC"), std::string::npos);
  client.command({"ACL", "SETUSER", "journal", "+psync"});
  EXPECT_TRUE(wait_ready(journal)) << "as soon as it is granted";
}

TEST(LiveJournal, SaysThatPsyncIsRenamedAway) {
  RedisServer redis({"--rename-command", "PSYNC", ""});
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  EXPECT_TRUE(wait_reason(journal, "does not let the journal run PSYNC"));
}

TEST(LiveJournal, WaitsForAnUpstreamThatIsDown) {
  RedisServer redis;
  redis.stop();
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(
      wait_reason(journal, "cannot reach the upstream redis://127.0.0.1:" + std::to_string(redis.port()) +
                               ": connection refused; check that it runs and upstream.main.url"));
  EXPECT_EQ(journal.watermark().history, 0u);
  redis.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJournal, RefusesToFollowAReplica) {
  RedisServer primary;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  TempDir dir;
  Journal journal(upstream_at(replica.port(), dir.file("journal")));
  journal.start();
  EXPECT_TRUE(wait_reason(journal, "is a replica, which refuses writes"));
}

TEST(LiveJournal, ReachesRedisThroughAUnixSocket) {
  TempDir dir;
  RedisServer redis({"--unixsocket", dir.file("redis.sock")});
  config::Upstream upstream = upstream_at(0, dir.file("journal"));
  upstream.endpoint.value = Endpoint{Endpoint::Kind::kUnix, "", 0, dir.file("redis.sock")};
  Journal journal(upstream);
  journal.start();
  EXPECT_TRUE(wait_ready(journal));
}

TEST(LiveJournal, AnswersWaitWithWhatIsOnDisk) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  EXPECT_TRUE(
      wait_until([&] { return client.command({"ROLE"}).find("holdfast-journal") != std::string::npos; }));
  for (int i = 0; i < 20; ++i) {
    client.command({"INCR", "counter"});
    const uint64_t offset = std::stoull(client.info("replication", "master_repl_offset"));
    ASSERT_EQ(client.command({"WAIT", "1", "30000"}), "1");
    ASSERT_GE(journal.watermark().durable_offset, offset);
  }
}

TEST(LiveJournal, WakesWhoWaits) {
  struct Bell : Waker {
    void wake() override { rings.fetch_add(1); }
    std::atomic<int> rings{0};
  };
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Bell bell;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.add_waker(&bell);
  journal.start();
  ASSERT_TRUE(wait_until([&] { return bell.rings > 0; })) << "accepting changed";
  ASSERT_TRUE(wait_ready(journal));
  bell.rings = 0;
  bell.wanted_offset = journal.watermark().durable_offset + 1;
  client.command({"SET", "k", "v"});
  EXPECT_TRUE(wait_until([&] { return bell.rings > 0; })) << "durable";
  journal.stop();
}

TEST(LiveJournal, RotatesSegmentsInAnyDatabase) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.segment_size_bytes = 10'000;
  for (int start = 0; start < 3; ++start) {
    Journal journal(upstream);
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    for (int round = 0; round < 50; ++round) write_of_everything(client, round);
    ASSERT_TRUE(wait_caught_up(journal, client));
  }
  auto manifest = read_manifest(dir.file("journal/appendonly.aof.manifest"));
  ASSERT_TRUE(manifest.ok());
  EXPECT_GT(manifest.value()->segments.size(), 4u);
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
  EXPECT_EQ(digest_of_files(dir.path(), "journal"), digest(client))
      << "a stock server on the directory itself";
}

TEST(LiveJournal, TakesValuesAndTransactionsLargerThanItsMemory) {
  RedisServer redis;
  RedisClient client(redis.port());
  TempDir dir;
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  client.command({"SET", "small", "1"});
  client.command({"SET", "large", std::string(100 << 20, 'L')});
  client.command({"MULTI"});
  for (int i = 0; i < 30; ++i) client.command({"APPEND", "grown", std::string(1 << 20, 'g')});
  client.command({"EXEC"});
  client.command({"SET", "small", "2"});
  ASSERT_TRUE(wait_caught_up(journal, client));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), digest(client));
}

// The manifest first, then the files that it names: what is made meanwhile is not missed.
void copy_journal(const std::string& from, const std::string& to) {
  const auto options = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::create_directories(to);
  std::filesystem::copy_file(from + "/appendonly.aof.manifest", to + "/appendonly.aof.manifest", options);
  auto manifest = read_manifest(to + "/appendonly.aof.manifest");
  ASSERT_TRUE(manifest.ok() && manifest.value());
  std::vector<std::string> names = {base_name(manifest.value()->base.sequence)};
  for (const uint64_t sequence : manifest.value()->segments) names.push_back(segment_name(sequence));
  for (const std::string& name : names)
    std::filesystem::copy_file(from + "/" + name, to + "/" + name, options);
}

// Copies taken at any moment of a running load: a stock server starts from each and redis-check-aof has
// nothing to say against it.
TEST(LiveJournal, ACopyOfTheDirectoryIsAlwaysGood) {
  RedisServer redis;
  TempDir dir;
  config::Upstream upstream = upstream_at(redis.port(), dir.file("journal"));
  upstream.journal.segment_size_bytes = 1 << 20;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(wait_ready(journal));
  std::atomic<bool> done{false};
  std::thread load([&] {
    RedisClient client(redis.port());
    for (int round = 0; !done; ++round) {
      write_of_everything(client, round);
      if (round % 20 == 0) client.command({"SET", "large", std::string(6 << 20, 'x')});
    }
  });
  for (int i = 0; i < 8; ++i) {
    TempDir copy;
    copy_journal(dir.file("journal"), copy.file("aof"));
    // The group in the middle of its write() can be copied in part (docs/journal-format.md): a window of
    // microseconds that is not hit twice.
    if (!complaints_of_check_aof(copy.file("aof")).empty())
      copy_journal(dir.file("journal"), copy.file("aof"));
    EXPECT_EQ(complaints_of_check_aof(copy.file("aof")), "");
    EXPECT_EQ(complaints_of_check_aof(dir.file("journal")), "") << "the live one";
    EXPECT_NE(digest_of_files(copy.path(), "aof"), "");
  }
  done = true;
  load.join();
}

TEST(LiveJournal, AnInterruptedSnapshotChangesNothing) {
  RedisServer redis({"--repl-backlog-size", "16kb"});
  TempDir dir;
  std::string before;
  {
    RedisClient client(redis.port());
    Journal journal(upstream_at(redis.port(), dir.file("journal")));
    journal.start();
    ASSERT_TRUE(wait_ready(journal));
    set_keys(client, 0, 1000, 100);
    ASSERT_TRUE(wait_caught_up(journal, client));
    before = digest(client);
  }
  RedisClient client(redis.port());
  set_keys(client, 1000, 3000, 1000);
  client.command({"CONFIG", "SET", "rdb-key-save-delay", "3000"});
  Journal journal(upstream_at(redis.port(), dir.file("journal")));
  journal.start();
  ASSERT_TRUE(wait_reason(journal, "the journal is receiving a snapshot"));
  redis.kill();
  ASSERT_TRUE(wait_reason(journal, "cannot reach"));
  EXPECT_EQ(digest_of_restore(dir.file("journal")), before);
  journal.stop();
  EXPECT_FALSE(std::filesystem::exists(dir.file("journal/holdfast.base.part")));
}

TEST(LiveJournal, StopsAtOnceWhereverItWaits) {
  TempDir dir;
  SilentServer silent;
  config::Upstream upstream = upstream_at(silent.port(), dir.file("journal"));
  upstream.connect_timeout_ms = 3'600'000;
  Journal journal(upstream);
  journal.start();
  ASSERT_TRUE(silent.wait_for_connection());
  journal.stop();  // the test's own timeout is the assertion
  SUCCEED();
}

}  // namespace
}  // namespace holdfast::journal
