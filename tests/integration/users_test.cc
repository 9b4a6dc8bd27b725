// Users: who a client is, what its ACL lets it do, and that nothing else reaches Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sha256.h"
#include "tests/integration/stack.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.";
constexpr const char* kNoAuth = "-NOAUTH Authentication required.";

std::string user(const std::string& name, const std::string& password, const std::string& acl) {
  return "[environment.default.user." + name + "]\npassword_sha256 = [\"" + to_hex(sha256(password)) +
         "\"]\nacl = \"" + acl + "\"\n";
}

std::string users() {
  return "auth = \"users\"\n" + user("app", "s3cret", "+@all -@dangerous ~order:* ~cart:* &events:*") +
         user("reader", "r3ad", "+@read +@connection +acl|whoami %R~*") +
         user("admin", "r00t", "+@all ~* &*");
}

struct Users : ::testing::Test {
  Stack stack{{.environment = users()}};
};

// A rate "per user" is each user's own, whichever connection it comes on.
TEST(UsersLimits, EachUserHasItsOwnBucket) {
  Stack stack({.environment = users() +
                              "[[environment.default.limit]]\nname = \"few\"\ncommands = [\"set\"]\n"
                              "rate = \"2/h\"\n"});
  RedisClient client(stack.holdfast.port());
  RedisClient other(stack.holdfast.port());
  ASSERT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  ASSERT_EQ(other.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "order:1", "v"}), "OK");
  EXPECT_EQ(other.command({"SET", "order:1", "v"}), "OK");
  EXPECT_THAT(client.command({"SET", "order:1", "v"}), HasSubstr("TRYAGAIN"));
  EXPECT_THAT(other.command({"SET", "order:1", "v"}), HasSubstr("TRYAGAIN"));
  ASSERT_EQ(other.command({"AUTH", "admin", "r00t"}), "OK");
  EXPECT_EQ(other.command({"SET", "order:1", "v"}), "OK");
}

TEST_F(Users, NobodyGetsInWithoutAPassword) {
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
  EXPECT_EQ(client.command({"PING"}), kNoAuth);
  EXPECT_EQ(client.command({"MULTI"}), kNoAuth);
  EXPECT_EQ(client.command({"SUBSCRIBE", "events:1"}), kNoAuth);
  EXPECT_THAT(client.command({"HELLO", "3"}),
              StartsWith("-NOAUTH HELLO must be called with the client already"));
  EXPECT_EQ(client.command({"AUTH", "wrong"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "app", "wrong"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "nobody", "s3cret"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "a", "b", "c"}), "-ERR syntax error");
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
  EXPECT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "order:1", "x"}), "OK");
  EXPECT_EQ(stack.holdfast.metric("holdfast_failed_logins_total{environment=\"default\"}"), 3);
  EXPECT_THAT(stack.holdfast.log(),
              AllOf(HasSubstr("a login as 'default' failed"), Not(HasSubstr("s3cret"))));
}

TEST_F(Users, EachMayDoWhatItsAclSays) {
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "order:1", "x"}), "OK");
  EXPECT_EQ(client.command({"MSET", "order:2", "x", "cart:1", "y"}), "OK");
  EXPECT_EQ(
      client.command({"SET", "other", "x"}),
      "-NOPERM holdfast: 'SET' with key 'other' is blocked in environment 'default' (rule 'user app'): this "
      "user has no permissions to access one of the keys used as arguments");
  EXPECT_TRUE(is_error(client.command({"MSET", "order:2", "x", "other", "y"}), "NOPERM"));
  EXPECT_TRUE(is_error(client.command({"COPY", "order:1", "other"}), "NOPERM"));
  EXPECT_TRUE(is_error(client.command({"SORT", "order:1", "STORE", "order:2", "STORE", "other"}), "NOPERM"));
  EXPECT_EQ(
      client.command({"CONFIG", "GET", "maxmemory"}),
      "-NOPERM holdfast: 'CONFIG GET' is blocked in environment 'default' (rule '-@dangerous of user app'): "
      "this user has no permissions to run the 'config|get' command");
  EXPECT_TRUE(is_error(client.command({"PUBLISH", "other", "m"}), "NOPERM"));
  EXPECT_EQ(client.command({"PUBLISH", "events:1", "m"}), "0");
  EXPECT_TRUE(is_error(client.command({"PSUBSCRIBE", "*"}), "NOPERM"));
  // What the environment blocks is blocked for who may do everything, too.
  EXPECT_EQ(client.command({"AUTH", "admin", "r00t"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", "x"}), "OK");
  EXPECT_EQ(client.command({"FLUSHALL"}),
            "-NOPERM holdfast: 'FLUSHALL' is blocked in environment 'default' (rule '@builtin')");
  EXPECT_EQ(client.command({"AUTH", "reader", "r3ad"}), "OK");
  EXPECT_EQ(client.command({"GET", "other"}), "x");
  EXPECT_TRUE(is_error(client.command({"SET", "other", "y"}), "NOPERM"));
  EXPECT_EQ(RedisClient(stack.redis.port()).command({"GET", "other"}), "x");
}

TEST_F(Users, ARefusalInATransactionAbortsIt) {
  RedisClient client(stack.holdfast.port());
  client.command({"AUTH", "app", "s3cret"});
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "order:1", "1"}), "QUEUED");
  EXPECT_TRUE(is_error(client.command({"SET", "other", "1"}), "NOPERM"));
  EXPECT_THAT(client.command({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_EQ(client.command({"GET", "order:1"}), "(nil)");
}

TEST_F(Users, RefusalsTakeTheirPlaceInAPipeline) {
  RawClient client(stack.holdfast.port());
  client.send(
      "AUTH app s3cret\r\nSET order:1 1\r\nGET other\r\nINCR order:1\r\nAUTH app no\r\nGET order:1\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_EQ(client.read_reply(), "+OK\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-NOPERM "));
  EXPECT_EQ(client.read_reply(), ":2\r\n");
  EXPECT_THAT(client.read_reply(), StartsWith("-WRONGPASS "));
  EXPECT_EQ(client.read_reply(), "$1\r\n2\r\n");
}

TEST_F(Users, HelloLogsInAndResetForgets) {
  RedisClient client(stack.holdfast.port());
  EXPECT_THAT(client.command({"HELLO", "3", "AUTH", "app", "no"}), StartsWith("-WRONGPASS"));
  EXPECT_THAT(client.command({"HELLO", "2", "AUTH", "app", "s3cret", "SETNAME", "me"}), HasSubstr("server"));
  EXPECT_EQ(client.command({"SET", "order:1", "1"}), "OK");
  EXPECT_THAT(client.command({"CLIENT", "INFO"}), HasSubstr(" user=app "));
  EXPECT_EQ(client.command({"RESET"}), "RESET");
  EXPECT_EQ(client.command({"GET", "order:1"}), kNoAuth);
}

// A request of which only the beginning is at hand is decided when all of it is.
TEST_F(Users, LargeRequestsAreDecidedToo) {
  RedisClient client(stack.holdfast.port());
  client.command({"AUTH", "app", "s3cret"});
  const std::string large(1'000'000, 'x');
  EXPECT_EQ(client.command({"SET", "order:1", large}), "OK");
  EXPECT_EQ(client.command({"STRLEN", "order:1"}), "1000000");
  EXPECT_TRUE(is_error(client.command({"SET", "other", large}), "NOPERM"));
  EXPECT_TRUE(is_error(client.command({"MSET", "order:2", large, "other", "1"}), "NOPERM"));
  EXPECT_EQ(RedisClient(stack.redis.port()).command({"EXISTS", "other", "order:2"}), "0");
}

TEST_F(Users, GuessingPasswordsIsSlow) {
  RedisClient client(stack.holdfast.port());
  std::string last;
  for (int i = 0; i < 40 && !last.starts_with("-ERR holdfast: too many"); ++i)
    last = client.command({"AUTH", "app", "guess" + std::to_string(i)});
  EXPECT_THAT(last, StartsWith("-ERR holdfast: too many failed logins of this user from this address"));
  // Others are not concerned, and those who are in already neither.
  EXPECT_EQ(client.command({"AUTH", "reader", "r3ad"}), "OK");
}

TEST_F(Users, AclCommandsAnswerForHoldfastsOwnUsers) {
  RedisClient client(stack.holdfast.port());
  client.command({"AUTH", "admin", "r00t"});
  EXPECT_EQ(client.command({"ACL", "WHOAMI"}), "admin");
  EXPECT_EQ(client.command({"ACL", "USERS"}), "[admin, app, reader]");
  EXPECT_THAT(client.command({"ACL", "LIST"}),
              HasSubstr("user admin on sanitize-payload #" + to_hex(sha256("r00t")) + " ~* &* +@all"));
  EXPECT_THAT(client.command({"ACL", "GETUSER", "reader"}),
              AllOf(HasSubstr("flags"), HasSubstr("%R~*"), HasSubstr("+@read")));
  EXPECT_EQ(client.command({"ACL", "GETUSER", "nobody"}), "(nil)");
  EXPECT_THAT(client.command({"ACL", "CAT"}), HasSubstr("sortedset"));
  EXPECT_THAT(client.command({"ACL", "CAT", "hash"}), HasSubstr("hgetall"));
  EXPECT_EQ(client.command({"ACL", "CAT", "nope"}), "-ERR Unknown category 'nope'");
  EXPECT_EQ(client.command({"ACL", "GENPASS"}).size(), 64u);
  EXPECT_EQ(client.command({"ACL", "GENPASS", "5"}).size(), 2u);
  EXPECT_NE(client.command({"ACL", "GENPASS"}), client.command({"ACL", "GENPASS"}));
  EXPECT_EQ(client.command({"ACL", "DRYRUN", "app", "SET", "order:1", "x"}), "OK");
  EXPECT_EQ(client.command({"ACL", "DRYRUN", "app", "SET", "other", "x"}),
            "This user has no permissions to access the 'other' key");
  EXPECT_EQ(client.command({"ACL", "DRYRUN", "admin", "FLUSHALL"}),
            "'FLUSHALL' is blocked in environment 'default' (rule '@builtin')");
  EXPECT_EQ(client.command({"ACL", "DRYRUN", "nobody", "GET", "k"}), "-ERR User 'nobody' not found");
  // Redis's own users are not what these are about, and cannot be reached.
  EXPECT_TRUE(is_error(client.command({"ACL", "SETUSER", "x", "on", "nopass", "+@all", "~*"}), "NOPERM"));
  EXPECT_EQ(RedisClient(stack.redis.port()).command({"ACL", "GETUSER", "x"}), "(nil)");
}

TEST_F(Users, AclLogTellsWhoWasRefusedWhat) {
  RedisClient client(stack.holdfast.port());
  client.command({"AUTH", "app", "no"});
  client.command({"AUTH", "app", "s3cret"});
  client.command({"GET", "other"});
  client.command({"GET", "other"});
  client.command({"PUBLISH", "chan", "m"});
  client.command({"CONFIG", "GET", "x"});
  client.command({"AUTH", "admin", "r00t"});
  const std::string log = client.command({"ACL", "LOG"});
  EXPECT_THAT(log, HasSubstr("[count, 2, reason, key, context, toplevel, object, other, username, app, "));
  EXPECT_THAT(log, HasSubstr("[count, 1, reason, channel, context, toplevel, object, chan, username, app, "));
  EXPECT_THAT(log, HasSubstr("reason, command, context, toplevel, object, config|get, username, app, "));
  EXPECT_THAT(log, HasSubstr("reason, auth, context, toplevel, object, AUTH, username, app, "));
  EXPECT_EQ(client.command({"ACL", "LOG", "RESET"}), "OK");
  EXPECT_EQ(client.command({"ACL", "LOG"}), "[]");
}

TEST(UsersDefault, WithoutAPasswordIsWhoeverComes) {
  Stack stack(
      {.environment = "auth = \"users\"\n"
                      "[environment.default.user.default]\nacl = \"nopass +@read +@connection ~pub:*\"\n" +
                      user("app", "s3cret", "+@all ~*")});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "pub:1"}), "(nil)");
  EXPECT_TRUE(is_error(client.command({"GET", "other"}), "NOPERM"));
  EXPECT_THAT(client.command({"AUTH", "x"}), StartsWith("-ERR AUTH <password> called without any password"));
  EXPECT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", "1"}), "OK");
  EXPECT_EQ(client.command({"RESET"}), "RESET");
  EXPECT_TRUE(is_error(client.command({"GET", "other"}), "NOPERM"));
}

TEST(UsersDefault, WithAPasswordIsWhoSaysOnlyAPassword) {
  Stack stack({.environment = "auth = \"users\"\n" + user("default", "s3cret", "+@all ~*")});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "k"}), kNoAuth);
  EXPECT_EQ(client.command({"AUTH", "no"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "k", "1"}), "OK");
}

TEST(UsersPasswords, SeveralAndFromAFileAndOff) {
  TempDir dir;
  write_file(dir.file("passwords"), "first\nsecond\n");
  Stack stack({.environment = "auth = \"users\"\n[environment.default.user.app]\npassword_file = \"" +
                              dir.file("passwords") + "\"\nacl = \"+@all ~* >third\"\n" +
                              user("gone", "s3cret", "off +@all ~*")});
  RedisClient client(stack.holdfast.port());
  for (const char* password : {"first", "second", "third"})
    EXPECT_EQ(client.command({"AUTH", "app", password}), "OK");
  EXPECT_EQ(client.command({"AUTH", "app", "first\nsecond"}), kWrongPass);
  EXPECT_EQ(client.command({"AUTH", "gone", "s3cret"}), kWrongPass);
}

// In audit mode a user's ACL is decided and counted, and lets through; who it is must be known all the same.
TEST(UsersAudit, LetThroughAndCounted) {
  Stack stack(
      {.environment = "mode = \"audit\"\nauth = \"users\"\n" + user("app", "s3cret", "+get ~order:*")});
  RedisClient client(stack.holdfast.port());
  EXPECT_EQ(client.command({"GET", "k"}), kNoAuth);
  EXPECT_EQ(client.command({"AUTH", "app", "s3cret"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", "1"}), "OK");
  EXPECT_EQ(client.command({"GET", "other"}), "1");
  const auto observed = [&](const std::string& command) {
    return stack.holdfast.metric("holdfast_requests_total{environment=\"default\",command=\"" + command +
                                 "\",verdict=\"observed\"}");
  };
  EXPECT_EQ(observed("set"), 1);
  EXPECT_EQ(observed("get"), 1);
  // Also where Redis would know the user: in transactions, and in scripts.
  EXPECT_EQ(client.command({"MULTI"}), "OK");
  EXPECT_EQ(client.command({"SET", "other", "2"}), "QUEUED");
  EXPECT_EQ(client.command({"EVAL", "return redis.call('INCR', 'other')", "0"}), "QUEUED");
  EXPECT_EQ(client.command({"EXEC"}), "[OK, 3]");
}

TEST(UsersTls, AreKnownByTheirCertificates) {
  Authority authority;
  const KeyPair server = authority.issue("server"), checkout = authority.issue("checkout"),
                stranger = authority.issue("stranger");
  RedisServer redis;
  Holdfast holdfast(
      redis, {.environment = "auth = \"users\"\ntls = { cert = \"" + server.cert + "\", key = \"" +
                             server.key + "\", client_ca = \"" + authority.file() +
                             "\" }\n[environment.default.user.app]\ntls_name = \"checkout\"\nacl = \"+@all "
                             "~order:*\"\n"});
  const auto redis_cli = [&](const KeyPair& pair, std::vector<std::string> more) {
    std::vector<std::string> command = {"redis-cli", "-p",       std::to_string(holdfast.port()),
                                        "--tls",     "--cacert", authority.file(),
                                        "--cert",    pair.cert,  "--key",
                                        pair.key};
    command.insert(command.end(), more.begin(), more.end());
    std::string output;
    run_program(command, output);
    return output;
  };
  EXPECT_EQ(redis_cli(checkout, {"set", "order:1", "1"}), "OK\n");
  EXPECT_EQ(redis_cli(checkout, {"acl", "whoami"}), "app\n");
  EXPECT_THAT(redis_cli(checkout, {"set", "other", "1"}), StartsWith("NOPERM "));
  EXPECT_THAT(redis_cli(stranger, {"get", "order:1"}), StartsWith("NOAUTH "));
  // RESET makes a connection as new, so it is its certificate's again.
  std::string output;
  run_program(
      {"bash", "-c",
       "printf 'RESET\\nACL WHOAMI\\n' | redis-cli -p " + std::to_string(holdfast.port()) +
           " --tls --cacert " + authority.file() + " --cert " + checkout.cert + " --key " + checkout.key},
      output);
  EXPECT_EQ(output, "RESET\napp\n");
}

// After a reload a session has the rights that its user has now; one whose user is gone is closed.
TEST(UsersReload, SessionsFollowTheirUser) {
  Stack stack(
      {.environment = "auth = \"users\"\n" + user("app", "a", "+@all ~*") + user("gone", "g", "+@all ~*")});
  RedisClient app(stack.holdfast.port()), gone(stack.holdfast.port());
  app.command({"AUTH", "app", "a"});
  gone.command({"AUTH", "gone", "g"});
  EXPECT_EQ(app.command({"SET", "k", "1"}), "OK");
  EXPECT_EQ(gone.command({"GET", "k"}), "1");
  stack.holdfast.config().environment = "auth = \"users\"\n" + user("app", "a", "+@read ~order:*");
  stack.holdfast.write_config();
  ASSERT_TRUE(wait_until([&] {
    return stack.holdfast.metric("holdfast_config_reloads_total{outcome=\"applied\"}") >= 1;
  })) << stack.holdfast.log();
  EXPECT_TRUE(is_error(app.command({"GET", "k"}), "NOPERM"));
  EXPECT_TRUE(is_error(app.command({"SET", "order:1", "1"}), "NOPERM"));
  EXPECT_EQ(app.command({"GET", "order:1"}), "(nil)");
  EXPECT_THAT(gone.command({"GET", "k"}), StartsWith("(connection lost"));
}

TEST(UsersClients, RedisCliAndRedisPyLogIn) {
  Stack stack({.environment = users()});
  const std::string port = std::to_string(stack.holdfast.port());
  std::string output;
  run_program({"redis-cli", "-p", port, "--user", "app", "--pass", "s3cret", "--no-auth-warning", "-3", "set",
               "order:1", "1"},
              output);
  EXPECT_EQ(output, "OK\n");
  output.clear();
  const std::string script =
      "import redis\n"
      "client = redis.Redis(port=" +
      port +
      ", username='app', password='s3cret')\n"
      "assert client.get('order:1') == b'1'\n"
      "try:\n  client.get('other')\n  raise SystemExit('GET other was answered')\n"
      "except redis.exceptions.NoPermissionError: pass\n"
      "try:\n  redis.Redis(port=" +
      port +
      ", username='app', password='no').ping()\n  raise SystemExit('let in')\n"
      "except (redis.exceptions.AuthenticationError, redis.exceptions.ResponseError): pass\n"
      "try:\n  redis.Redis(port=" +
      port +
      ").ping()\n  raise SystemExit('let in')\n"
      "except (redis.exceptions.AuthenticationError, redis.exceptions.ResponseError): pass\n";
  EXPECT_EQ(run_program({"/usr/bin/python3", "-c", script}, output), 0) << output;
}

}  // namespace
}  // namespace holdfast::testing
