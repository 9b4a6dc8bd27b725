// max_clients_per_user: how many connections may be logged in as one user, whichever way they log in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/sha256.h"
#include "tests/integration/stack.h"
#include "tests/support/background_program.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kNoAuth = "-NOAUTH Authentication required.";

std::string user(const std::string& name, const std::string& more = "") {
  return "[environment.default.user." + name + "]\npassword_sha256 = [\"" + to_hex(sha256(name)) +
         "\"]\nacl = \"+@all ~*" + more + "\"\n";
}

std::string too_many(const std::string& user, const std::string& bound) {
  return "-ERR max number of clients reached: user '" + user + "' has " + bound +
         " connections in environment 'default' (max_clients_per_user)";
}

double refused(Stack& stack) {
  return stack.holdfast.metric("holdfast_connections_refused_total{environment=\"default\"}");
}

bool wait_applied(Stack& stack, double times) {
  return wait_until(
      [&] { return stack.holdfast.metric("holdfast_config_reloads_total{outcome=\"applied\"}") >= times; });
}

TEST(ClientsPerUser, AreCountedOverAllWorkersFromLoginToLogout) {
  TempDir dir;
  Stack stack({.server = "workers = 2\naudit_log = \"" + dir.file("audit.jsonl") + "\"\n",
               .environment = "auth = \"users\"\nmax_clients_per_user = 2\n" + user("app") + user("other")});
  const auto connect = [&] { return std::make_unique<RedisClient>(stack.holdfast.port()); };
  // Several, so that both workers have some.
  std::vector<std::unique_ptr<RedisClient>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(connect());
  int served = 0;
  std::vector<RedisClient*> in, out;
  for (auto& client : clients) {
    const std::string reply = client->command({"AUTH", "app", "app"});
    served += reply == "OK" ? 1 : 0;
    (reply == "OK" ? in : out).push_back(client.get());
    if (reply != "OK") {
      EXPECT_EQ(reply, too_many("app", "2"));
    }
  }
  ASSERT_EQ(served, 2);
  EXPECT_EQ(refused(stack), 6);
  // A wrong password does not tell that there is no room.
  EXPECT_THAT(out[0]->command({"AUTH", "app", "wrong"}), StartsWith("-WRONGPASS"));
  EXPECT_EQ(out[0]->command({"HELLO", "3", "AUTH", "app", "app"}), too_many("app", "2"));
  EXPECT_EQ(out[0]->command({"GET", "k"}), kNoAuth);
  EXPECT_EQ(out[0]->command({"AUTH", "other", "other"}), "OK");
  EXPECT_EQ(out[0]->command({"AUTH", "app", "app"}), too_many("app", "2"));
  EXPECT_EQ(out[0]->command({"ACL", "WHOAMI"}), "other");
  // Whoever is in may say so again. RESET, another login and the end make room.
  EXPECT_EQ(in[0]->command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(in[0]->command({"RESET"}), "RESET");
  EXPECT_EQ(out[1]->command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(in[0]->command({"AUTH", "app", "app"}), too_many("app", "2"));
  EXPECT_EQ(out[1]->command({"AUTH", "other", "other"}), "OK");
  EXPECT_THAT(out[2]->command({"HELLO", "2", "AUTH", "app", "app"}), HasSubstr("proto, 2"));
  for (auto& client : clients)
    if (client.get() == in[1]) client.reset();
  EXPECT_TRUE(wait_reply(*in[0], {"AUTH", "app", "app"}, "OK"));
  EXPECT_THAT(stack.holdfast.log(), HasSubstr("a client of user 'app' was refused"));
  EXPECT_EQ(stack.holdfast.stop(), 0);
  EXPECT_THAT(read_file(dir.file("audit.jsonl")),
              AllOf(HasSubstr("\"rule\":\"max_clients_per_user\""),
                    HasSubstr("\"where\":\"" + stack.holdfast.config_file() + ":")));
}

// Who has not said who it is takes no place of `default` before its first command.
TEST(ClientsPerUser, DefaultWithoutAPasswordCountsFromItsFirstCommand) {
  Stack stack({.environment = "auth = \"users\"\nmax_clients_per_user = 1\n" + user("app") +
                              "[environment.default.user.default]\nacl = \"nopass +@all ~*\"\n"});
  RedisClient one(stack.holdfast.port()), two(stack.holdfast.port()), three(stack.holdfast.port());
  EXPECT_EQ(two.command({"GET", "k"}), "(nil)");
  EXPECT_EQ(one.command({"GET", "k"}), too_many("default", "1"));
  EXPECT_EQ(one.command({"HELLO", "3"}), too_many("default", "1"));
  EXPECT_EQ(one.command({"SET", "k", std::string(1 << 20, 'x')}), too_many("default", "1"));
  EXPECT_EQ(one.command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(one.command({"ACL", "WHOAMI"}), "app");
  EXPECT_EQ(two.command({"AUTH", "app", "app"}), too_many("app", "1"));
  EXPECT_EQ(two.command({"ACL", "WHOAMI"}), "default");
  EXPECT_EQ(one.command({"RESET"}), "RESET");
  EXPECT_EQ(one.command({"GET", "k"}), too_many("default", "1"));
  EXPECT_EQ(two.command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(three.command({"SET", "k", std::string(1 << 20, 'x')}), "OK");
  EXPECT_EQ(one.command({"GET", "k"}), too_many("default", "1"));
}

TEST(ClientsPerUser, WhereNobodyLogsInAllAreOne) {
  Stack stack({.environment = "max_clients_per_user = 1\n"});
  RawClient one(stack.holdfast.port());
  EXPECT_EQ(one.command({"PING"}), "+PONG\r\n");
  EXPECT_EQ(one.command({"RESET"}), "+RESET\r\n");
  RawClient two(stack.holdfast.port());
  EXPECT_EQ(two.read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(refused(stack), 1);
}

TEST(ClientsPerUser, UsersOfRedisAreCountedToo) {
  RedisServer redis({"--user", "app", "on", ">app", "~*", "+@all"});
  Holdfast holdfast(redis, {.environment = "auth = \"passthrough\"\nmax_clients_per_user = 1\n"});
  RedisClient one(holdfast.port()), two(holdfast.port());
  EXPECT_EQ(one.command({"GET", "k"}), "(nil)");
  EXPECT_EQ(two.command({"GET", "k"}), too_many("default", "1"));
  EXPECT_EQ(two.command({"AUTH", "app", "wrong"}),
            "-WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_EQ(two.command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(one.command({"AUTH", "app", "app"}), too_many("app", "1"));
  EXPECT_EQ(one.command({"ACL", "WHOAMI"}), "default");
  EXPECT_EQ(two.command({"RESET"}), "RESET");
  EXPECT_EQ(one.command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(two.command({"GET", "k"}), "(nil)");
}

TEST(ClientsPerUser, CertificatesAreLoginsToo) {
  Authority authority;
  const KeyPair server = authority.issue("server"), checkout = authority.issue("checkout");
  RedisServer redis;
  Holdfast holdfast(
      redis, {.environment = "auth = \"users\"\nmax_clients_per_user = 1\ntls = { cert = \"" + server.cert +
                             "\", key = \"" + server.key + "\", client_ca = \"" + authority.file() +
                             "\" }\n[environment.default.user.app]\ntls_name = \"checkout\"\nacl = \"+@all "
                             "~* &*\"\n"});
  const auto redis_cli = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {"redis-cli", "-p",          std::to_string(holdfast.port()),
                                        "--tls",     "--cacert",    authority.file(),
                                        "--cert",    checkout.cert, "--key",
                                        checkout.key};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  std::string output;
  run_program(redis_cli({"set", "k", "1"}), output);
  EXPECT_EQ(output, "OK\n");
  {
    TempDir dir;
    BackgroundProgram subscriber(redis_cli({"subscribe", "events"}), dir.file("output"));
    RedisClient direct(redis.port());
    ASSERT_TRUE(wait_reply(direct, {"PUBSUB", "NUMSUB", "events"}, "[events, 1]"));
    output.clear();
    run_program(redis_cli({"set", "k", "2"}), output);
    EXPECT_THAT(output, HasSubstr("max number of clients reached"));
    EXPECT_EQ(direct.command({"GET", "k"}), "1");
  }
  EXPECT_TRUE(wait_until([&] {
    output.clear();
    run_program(redis_cli({"set", "k", "2"}), output);
    return output == "OK\n";
  }));
}

TEST(ClientsPerUser, AReloadCountsThoseWhoAreThere) {
  const std::string users = "auth = \"users\"\n" + user("app");
  Stack stack({.environment = users});
  RedisClient one(stack.holdfast.port()), two(stack.holdfast.port()), three(stack.holdfast.port());
  EXPECT_EQ(one.command({"AUTH", "app", "app"}), "OK");
  EXPECT_EQ(two.command({"AUTH", "app", "app"}), "OK");
  const auto change = [&](const std::string& lines, double times) {
    stack.holdfast.config().environment = lines + users;
    stack.holdfast.write_config();
    EXPECT_TRUE(wait_applied(stack, times)) << stack.holdfast.log();
  };
  change("max_clients_per_user = 1\nmax_clients_per_address = 2\n", 1);
  EXPECT_EQ(one.command({"GET", "k"}), "(nil)");
  EXPECT_EQ(two.command({"GET", "k"}), "(nil)");
  EXPECT_EQ(three.command({"AUTH", "app", "app"}), too_many("app", "1"));
  RawClient four(stack.holdfast.port());
  EXPECT_EQ(four.read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(one.command({"RESET"}), "RESET");
  EXPECT_EQ(three.command({"AUTH", "app", "app"}), too_many("app", "1"));
  EXPECT_EQ(two.command({"RESET"}), "RESET");
  EXPECT_EQ(three.command({"AUTH", "app", "app"}), "OK");
  change("", 2);
  EXPECT_EQ(one.command({"AUTH", "app", "app"}), "OK");
  change("max_clients_per_user = 3\n", 3);
  EXPECT_EQ(two.command({"AUTH", "app", "app"}), "OK");
  RedisClient five(stack.holdfast.port());
  EXPECT_EQ(five.command({"AUTH", "app", "app"}), too_many("app", "3"));
}

// Nothing of who a client was holds when clients say in another way who they are.
TEST(ClientsReload, AnotherAuthDisconnectsEverybody) {
  Stack stack({.environment = "auth = \"users\"\n" + user("default")});
  RedisClient one(stack.holdfast.port());
  EXPECT_EQ(one.command({"AUTH", "default"}), "OK");
  stack.holdfast.config().environment = "auth = \"passthrough\"\n";
  stack.holdfast.write_config();
  ASSERT_TRUE(wait_applied(stack, 1)) << stack.holdfast.log();
  EXPECT_THAT(one.command({"GET", "k"}), StartsWith("(connection lost"));
  RedisClient two(stack.holdfast.port());
  EXPECT_EQ(two.command({"GET", "k"}), "(nil)");
}

}  // namespace
}  // namespace holdfast::testing
