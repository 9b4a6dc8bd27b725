// TLS on both sides, with redis-server's and redis-cli's own TLS on the other ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/integration/restored.h"
#include "tests/integration/stack.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_client.h"
#include "tests/support/tls_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Until = HoldfastProcess::Until;

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string tls_of(const KeyPair& pair, const std::string& more = "") {
  return "tls = { cert = " + quoted(pair.cert) + ", key = " + quoted(pair.key) + more + " }\n";
}

// "2027-01-31 12:00:00Z"
std::string utc_text(time_t seconds) {
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &fields);
  return text;
}

// A redis-server that also speaks TLS, on a port of its own.
struct TlsRedis {
  explicit TlsRedis(Authority& authority, const KeyPair& pair, const std::string& auth_clients = "no")
      : tls_port(free_port()),
        redis({"--tls-port", std::to_string(tls_port), "--tls-cert-file", pair.cert, "--tls-key-file",
               pair.key, "--tls-ca-cert-file", authority.file(), "--tls-auth-clients", auth_clients}) {}
  std::string url(const std::string& host = "127.0.0.1") const {
    return "rediss://" + host + ":" + std::to_string(tls_port);
  }

  int tls_port;
  RedisServer redis;
};

std::string redis_cli(int port, const Authority& authority, std::vector<std::string> more) {
  std::vector<std::string> command = {"redis-cli", "-p",       std::to_string(port),
                                      "--tls",     "--cacert", authority.file()};
  command.insert(command.end(), more.begin(), more.end());
  std::string output;
  run_program(command, output);
  return output;
}

TEST(Tls, OnBothSidesAtOnceWithCertificatesOfClients) {
  Authority authority;
  const KeyPair server = authority.issue("server"), client = authority.issue("checkout");
  TlsRedis redis(authority, server, "yes");
  Holdfast holdfast({.upstream_url = redis.url(),
                     .upstream = tls_of(client, ", ca = " + quoted(authority.file())),
                     .environment = tls_of(server, ", client_ca = " + quoted(authority.file()))},
                    Until::kReady);
  EXPECT_EQ(
      redis_cli(holdfast.port(), authority, {"--cert", client.cert, "--key", client.key, "set", "key", "1"}),
      "OK\n");
  EXPECT_THAT(redis_cli(holdfast.port(), authority, {"get", "key"}), Not(HasSubstr("1\n")));
  EXPECT_TRUE(holdfast.wait_log("showed no certificate"));
  EXPECT_EQ(RedisClient(redis.redis.port()).command({"GET", "key"}), "1");
  Restored restored(holdfast);
  EXPECT_EQ(restored.client().command({"GET", "key"}), "1");
}

struct TlsFront : ::testing::Test {
  Authority authority;
  KeyPair server = authority.issue("server");
  RedisServer redis;
  Holdfast holdfast{redis, {.environment = tls_of(server)}};
};

TEST_F(TlsFront, PipelinesAndLargeValuesPassUnchanged) {
  TlsClient client(holdfast.port(), authority.file());
  std::string pipeline, expected;
  for (int i = 0; i < 10'000; ++i) {
    pipeline += encode_request({"INCR", "counter"});
    expected += ":" + std::to_string(i + 1) + "\r\n";
  }
  EXPECT_EQ(client.exchange(pipeline, expected.size()), expected);

  std::string value(64u << 20, '\0');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 31 + i / 65536);
  EXPECT_EQ(client.exchange(encode_request({"SET", "large", value}), 5), "+OK\r\n");
  const std::string reply = "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  EXPECT_TRUE(client.exchange(encode_request({"GET", "large"}), reply.size()) == reply);
}

TEST_F(TlsFront, AReloadUsesTheNewCertificateAndKeepsConnections) {
  TlsClient before(holdfast.port(), authority.file());
  EXPECT_EQ(before.peer_name(), "server");
  EXPECT_EQ(before.exchange("PING\r\n", 7), "+PONG\r\n");
  const KeyPair renewed = authority.issue("renewed");
  // Half of the pair: what was there goes on.
  std::filesystem::copy_file(renewed.cert, server.cert, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(holdfast.wait_log("does not belong to the certificate"));
  EXPECT_EQ(TlsClient(holdfast.port(), authority.file()).peer_name(), "server");
  std::filesystem::copy_file(renewed.key, server.key, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(holdfast.wait_log("new connections use 'renewed'"));
  // Both are valid for as long; the file says until when.
  std::string date;
  ASSERT_EQ(run_program(
                {"openssl", "x509", "-in", renewed.cert, "-noout", "-enddate", "-dateopt", "iso_8601"}, date),
            0);
  const double not_after = holdfast.metric(
      "holdfast_certificate_not_after_timestamp_seconds{section=\"environment\",name=\"default\"}");
  EXPECT_THAT(date, HasSubstr(utc_text(static_cast<time_t>(not_after))));
  EXPECT_EQ(TlsClient(holdfast.port(), authority.file()).peer_name(), "renewed");
  EXPECT_EQ(before.exchange("PING\r\n", 7), "+PONG\r\n");
  holdfast.signal(SIGHUP);
  ASSERT_TRUE(holdfast.wait_log("SIGHUP"));
  EXPECT_EQ(before.exchange("PING\r\n", 7), "+PONG\r\n");
}

TEST_F(TlsFront, APlainClientIsToldWhatIsWrong) {
  RawClient client(holdfast.port());
  EXPECT_THAT(client.command({"PING"}), HasSubstr("this address speaks TLS only"));
  EXPECT_TRUE(holdfast.wait_log("does not speak TLS"));
}

TEST_F(TlsFront, AClientThatSaysNothingIsCutOff) {
  RawClient silent(holdfast.port());
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_TRUE(holdfast.wait_log("did not finish the TLS handshake"));
}

TEST_F(TlsFront, ManyConnectionsLeaveNothing) {
  const auto connect_often = [this](int times) {
    for (int i = 0; i < times; ++i) {
      TlsClient client(holdfast.port(), authority.file());
      ASSERT_EQ(client.exchange("PING\r\n", 7), "+PONG\r\n");
    }
  };
  connect_often(200);
  const uint64_t before = holdfast.peak_memory_kib();
  connect_often(1'000);
  EXPECT_LT(holdfast.peak_memory_kib(), before + 2'048);
  EXPECT_TRUE(
      wait_until([this] { return holdfast.metric("holdfast_clients{environment=\"default\"}") == 0; }));
}

TEST(Tls, ATlsClientOnAPlainAddressIsLogged) {
  Stack stack;
  Authority authority;
  redis_cli(stack.holdfast.port(), authority, {"ping"});
  EXPECT_TRUE(stack.holdfast.wait_log("a client began TLS on an address without it"));
}

struct Refused {
  std::string problem;
  std::string name = "DNS:localhost,IP:127.0.0.1";
  int days = 30;
};

TEST(Tls, AnUpstreamThatIsNotTheRightOneIsNotTrusted) {
  const Refused cases[] = {{"expired on", "DNS:localhost,IP:127.0.0.1", -1},
                           {"and not for '127.0.0.1'", "DNS:other"}};
  for (const Refused& refused : cases) {
    Authority authority;
    TlsRedis redis(authority, authority.issue("redis", refused.name, refused.days));
    Holdfast holdfast(
        {.upstream_url = redis.url(), .upstream = "tls = { ca = " + quoted(authority.file()) + " }\n"});
    EXPECT_TRUE(holdfast.wait_problem(refused.problem));
    RedisClient client(holdfast.port());
    EXPECT_TRUE(is_error(client.command({"GET", "key"}), "MASTERDOWN"));
  }
}

TEST(Tls, AnUpstreamThatAsksForACertificateAndGetsNoneIsSaid) {
  Authority authority;
  TlsRedis redis(authority, authority.issue("redis"), "yes");
  Holdfast holdfast(
      {.upstream_url = redis.url(), .upstream = "tls = { ca = " + quoted(authority.file()) + " }\n"});
  EXPECT_TRUE(holdfast.wait_problem("does not accept the certificate of Holdfast"));
}

TEST(Tls, AnUpstreamOfAnotherAuthorityIsNotTrusted) {
  Authority authority, other("Other CA");
  TlsRedis redis(authority, authority.issue("redis"));
  Holdfast holdfast(
      {.upstream_url = redis.url(), .upstream = "tls = { ca = " + quoted(other.file()) + " }\n"});
  EXPECT_TRUE(holdfast.wait_problem("is signed by no authority among"));
}

TEST(Tls, TheServerNameCanBeAnotherThanTheHost) {
  Authority authority;
  TlsRedis redis(authority, authority.issue("redis", "DNS:cache.example"));
  Holdfast holdfast(
      {.upstream_url = redis.url(),
       .upstream = "tls = { ca = " + quoted(authority.file()) + ", server_name = \"cache.example\" }\n"},
      Until::kReady);
  EXPECT_EQ(RedisClient(holdfast.port()).command({"SET", "key", "1"}), "OK");
}

TEST(Tls, AnUpstreamWithoutTlsIsSaid) {
  RedisServer redis;
  Authority authority;
  Holdfast holdfast({.upstream_url = "rediss://127.0.0.1:" + std::to_string(redis.port()),
                     .upstream = "tls = { ca = " + quoted(authority.file()) + " }\n"});
  EXPECT_TRUE(holdfast.wait_problem("TLS"));
}

TEST(Tls, FilesThatCannotBeUsedStopTheStartWithTheirLine) {
  Authority authority;
  const KeyPair one = authority.issue("one"), two = authority.issue("two");
  const auto start = [](const std::string& tls) {
    Holdfast holdfast({.upstream_url = "redis://127.0.0.1:1", .environment = tls}, Until::kSpawned);
    EXPECT_EQ(holdfast.wait_exit(), 2);
    EXPECT_THAT(holdfast.log(), HasSubstr("holdfast.toml:"));
    return holdfast.log();
  };
  EXPECT_THAT(start(tls_of({one.cert, two.key})), HasSubstr("does not belong to the certificate"));
  EXPECT_THAT(start(tls_of({one.cert, "/nowhere.key"})), HasSubstr("cannot read the key '/nowhere.key'"));
  EXPECT_THAT(start(tls_of({one.key, one.key})), HasSubstr("holds no usable certificate"));
}

}  // namespace
}  // namespace holdfast::testing
