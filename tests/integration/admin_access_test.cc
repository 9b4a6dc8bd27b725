// The admin endpoint beyond loopback: who gets in, and with what, through curl as an operator would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/support/certificates.h"
#include "tests/support/http_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Until = HoldfastProcess::Until;

constexpr const char* kToken = "5f0c1a7be2d94c3e8a61";

// Status line and body, in one text.
std::string curl(const std::string& url, std::vector<std::string> more = {}) {
  std::vector<std::string> command = {"curl", "-s", "-i", "--noproxy", "*", "--max-time", "60"};
  command.insert(command.end(), more.begin(), more.end());
  command.push_back(url);
  std::string output;
  run_program(command, output);
  return output;
}

std::vector<std::string> bearing(const std::string& token) {
  return {"-H", "Authorization: Bearer " + token};
}

std::string url_of(const Holdfast& holdfast, const std::string& path, const std::string& scheme = "http") {
  return scheme + "://127.0.0.1:" + std::to_string(holdfast.admin_port()) + path;
}

TEST(AdminAccess, BeyondLoopbackItWantsToKnowWho) {
  const TempDir dir;
  const std::string file = dir.file("holdfast.toml");
  const auto run = [&](const char* command, std::string& output) {
    return run_program({HOLDFAST_PROGRAM, command, "--config", file}, output);
  };
  std::string output;
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:9121", "[::]:9121"}) {
    write_file(file, "[server]\nadmin = \"" + std::string(address) + "\"\n");
    output.clear();
    EXPECT_EQ(run("run", output), 2) << output;
    EXPECT_THAT(output, AllOf(HasSubstr(file + ":2:9: error: admin listens on "),
                              HasSubstr("admin_token_file"), HasSubstr("admin_tls"), HasSubstr("loopback")));
  }
  write_file(file, "[server]\nadmin = \"0.0.0.0:0\"\nadmin_token_file = \"" + dir.file("none") + "\"\n");
  output.clear();
  EXPECT_EQ(run("run", output), 2) << output;
  EXPECT_THAT(output, AllOf(HasSubstr(":3:20: error: admin_token_file: "), Not(HasSubstr("asks nobody"))));
}

TEST(AdminAccess, WithATokenItShowsEverythingAndWithoutOneOnlyWhetherItIsReady) {
  const TempDir dir;
  write_file(dir.file("token"), std::string(kToken) + "\n");
  const RedisServer redis;
  Holdfast holdfast(redis,
                    {.admin = "0.0.0.0:0", .server = "admin_token_file = \"" + dir.file("token") + "\"\n"});
  EXPECT_THAT(holdfast.log(), Not(HasSubstr(kToken)));
  for (const char* path : {"/metrics", "/status", "/events", "/nothing"}) {
    EXPECT_THAT(curl(url_of(holdfast, path)),
                AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("WWW-Authenticate: Bearer"),
                      HasSubstr("server.admin_token_file")))
        << path;
    EXPECT_THAT(curl(url_of(holdfast, path), bearing("5f0c1a7be2d94c3e8a6")), StartsWith("HTTP/1.1 401"));
  }
  EXPECT_THAT(curl(url_of(holdfast, "/metrics"), bearing(kToken)),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("holdfast_build_info")));
  EXPECT_THAT(curl(url_of(holdfast, "/status"), bearing(kToken)), StartsWith("HTTP/1.1 200"));
  // What probes and browsers ask for first.
  EXPECT_THAT(curl(url_of(holdfast, "/")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(curl(url_of(holdfast, "/healthz")), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("ok\n")));
  EXPECT_THAT(curl(url_of(holdfast, "/readyz")), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("ready\n")));
}

TEST(AdminAccess, WhyItIsNotReadyIsForThoseWithTheToken) {
  const TempDir dir;
  write_file(dir.file("token"), kToken);
  const std::string nobody = "127.0.0.1:" + std::to_string(free_port());
  Holdfast holdfast(
      {.upstream_url = "redis://" + nobody, .server = "admin_token_file = \"" + dir.file("token") + "\"\n"});
  EXPECT_THAT(curl(url_of(holdfast, "/readyz")),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("not ready: "), Not(HasSubstr(nobody))));
  EXPECT_THAT(curl(url_of(holdfast, "/readyz"), bearing(kToken)),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr(nobody)));
}

TEST(AdminAccess, ATokenIsReplacedWithoutARestart) {
  const TempDir dir;
  write_file(dir.file("token"), "the-first-of-two-tokens\n");
  const RedisServer redis;
  Holdfast holdfast(redis, {.server = "admin_token_file = \"" + dir.file("token") + "\"\n"});
  HttpClient watching(static_cast<uint16_t>(holdfast.admin_port()));
  ASSERT_TRUE(watching.send(
      "GET /events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer the-first-of-two-tokens\r\n\r\n"));
  EXPECT_THAT(watching.socket().read_some().value_or(""), StartsWith("HTTP/1.1 200"));
  // Both hold for as long as scrapers are changed over.
  write_file(dir.file("token"), "the-first-of-two-tokens\nthe-second-of-two-tokens\n");
  const auto let_in = [&](const char* token) {
    return curl(url_of(holdfast, "/status"), bearing(token)).starts_with("HTTP/1.1 200");
  };
  ASSERT_TRUE(wait_until([&] { return let_in("the-second-of-two-tokens"); })) << holdfast.log();
  EXPECT_TRUE(let_in("the-first-of-two-tokens"));
  write_file(dir.file("token"), "the-second-of-two-tokens\n");
  ASSERT_TRUE(wait_until([&] { return !let_in("the-first-of-two-tokens"); }));
  EXPECT_TRUE(let_in("the-second-of-two-tokens"));
  // Who was let in with the old one has to ask again.
  while (!watching.socket().read_some().value_or("").empty()) {
  }
  // One that cannot be read changes nothing.
  write_file(dir.file("token"), "\n");
  ASSERT_TRUE(holdfast.wait_log("reload refused"));
  EXPECT_TRUE(let_in("the-second-of-two-tokens"));
}

TEST(AdminAccess, WithCertificates) {
  Authority authority;
  const KeyPair server = authority.issue("holdfast");
  const KeyPair client = authority.issue("prometheus");
  Authority other("Another CA");
  const KeyPair stranger = other.issue("prometheus");
  const RedisServer redis;
  HoldfastConfig config;
  config.admin = "0.0.0.0:0";
  config.server = "admin_tls = { cert = \"" + server.cert + "\", key = \"" + server.key +
                  "\", client_ca = \"" + authority.file() + "\" }\n";
  Holdfast holdfast(redis, config, Until::kStarted);
  const std::vector<std::string> trusting = {"--cacert", authority.file()};
  const auto showing = [&](const KeyPair& pair) {
    return std::vector<std::string>{"--cacert", authority.file(), "--cert", pair.cert, "--key", pair.key};
  };
  ASSERT_TRUE(wait_until([&] {
    return curl(url_of(holdfast, "/readyz", "https"), trusting).starts_with("HTTP/1.1 200");
  })) << holdfast.log();
  EXPECT_THAT(curl(url_of(holdfast, "/metrics", "https"), showing(client)),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("section=\"server\",name=\"admin\"")));
  EXPECT_THAT(curl(url_of(holdfast, "/metrics", "https"), trusting),
              AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("client_ca")));
  EXPECT_EQ(curl(url_of(holdfast, "/metrics", "https"), showing(stranger)), "");
  EXPECT_THAT(curl(url_of(holdfast, "/metrics")),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("this port speaks HTTPS")));
}

}  // namespace
}  // namespace holdfast::testing
