// The handshake against replies that are written down here.

#include "proxy/link_handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::proxy {
namespace {

constexpr std::string_view kHello =
    "*6\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$4\r\nmode\r\n"
    "$7\r\ncluster\r\n";

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string info_reply() {
  return bulk("# Replication\r\nrole:master\r\nmaster_replid:" + std::string(40, 'a') +
              "\r\nmaster_replid2:" + std::string(40, '0') +
              "\r\nmaster_repl_offset:17\r\nsecond_repl_offset:-1\r\n");
}

config::Upstream upstream(const std::string& user = "", const std::string& password = "") {
  config::Upstream upstream;
  upstream.name = "orders";
  upstream.user = user;
  upstream.password = password;
  return upstream;
}

TEST(LinkHandshake, AsksForEverythingAtOnce) {
  const config::Upstream plain = upstream();
  const LinkHandshake handshake(plain, {12, 3});
  EXPECT_EQ(handshake.requests(),
            "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$8\r\nholdfast\r\n"
            "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n");
  EXPECT_EQ(handshake.replies(), 4);
  EXPECT_FALSE(handshake.done());
}

TEST(LinkHandshake, LogsInFirstWhenThereIsAPassword) {
  const config::Upstream secret = upstream("", "pw");
  const LinkHandshake handshake(secret, {});
  EXPECT_TRUE(handshake.requests().starts_with("*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$5\r\nHELLO\r\n"));
  EXPECT_EQ(handshake.replies(), 5);

  const config::Upstream user = upstream("me", "pw");
  EXPECT_TRUE(LinkHandshake(user, {}).requests().starts_with("*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\npw\r\n"));
}

TEST(LinkHandshake, LearnsAboutTheServer) {
  const config::Upstream secret = upstream("", "pw");
  LinkHandshake handshake(secret, {});
  const std::string info = info_reply();
  for (const std::string_view reply : {std::string_view("+OK\r\n"), kHello, std::string_view("+OK\r\n"),
                                       std::string_view("+OK\r\n"), std::string_view(info)}) {
    EXPECT_FALSE(handshake.done());
    ASSERT_TRUE(handshake.take_reply(reply).ok()) << reply;
  }
  EXPECT_TRUE(handshake.done());
  EXPECT_EQ(handshake.facts().version, "7.0.15");
  EXPECT_EQ(handshake.facts().mode, "cluster");
  EXPECT_EQ(handshake.facts().replication.replid, std::string(40, 'a'));
  EXPECT_EQ(handshake.facts().replication.repl_offset, 17);
}

// A reply to HELLO whose values are not all strings (the id, the list of modules) and which may be a map.
TEST(LinkHandshake, UnderstandsHelloOfResp3) {
  const config::Upstream plain = upstream();
  LinkHandshake handshake(plain, {0, 3});
  ASSERT_TRUE(
      handshake
          .take_reply("%4\r\n$2\r\nid\r\n:7\r\n$7\r\nmodules\r\n*1\r\n%1\r\n+name\r\n+x\r\n$7\r\nversion"
                      "\r\n$5\r\n7.2.1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n")
          .ok());
  EXPECT_EQ(handshake.facts().version, "7.2.1");
  EXPECT_EQ(handshake.facts().mode, "standalone");
}

struct Refusal {
  const char* reply;
  ErrorCode code;
  const char* part;  // of the message
};

void expect_refusals(int step, std::initializer_list<Refusal> refusals) {
  const std::string info = info_reply();
  const std::string_view good[] = {"+OK\r\n", kHello, "+OK\r\n", "+OK\r\n", info};
  for (const Refusal& refusal : refusals) {
    const config::Upstream secret = upstream("", "pw");
    LinkHandshake handshake(secret, {});
    for (int i = 0; i < step; ++i) ASSERT_TRUE(handshake.take_reply(good[i]).ok());
    const Status status = handshake.take_reply(refusal.reply);
    ASSERT_FALSE(status.ok()) << refusal.reply;
    EXPECT_EQ(status.error().code(), refusal.code) << status.error().message();
    EXPECT_NE(status.error().message().find(refusal.part), std::string::npos) << status.error().message();
  }
}

TEST(LinkHandshake, ARefusedLoginNamesTheKeys) {
  expect_refusals(0, {{"-WRONGPASS invalid username-password pair\r\n", ErrorCode::kRefused,
                       "upstream.orders.url and password_file: AUTH was answered with 'WRONGPASS"},
                      {"-ERR AUTH <password> called without any password\r\n", ErrorCode::kRefused,
                       "AUTH was answered"}});
}

TEST(LinkHandshake, RefusalsOfHello) {
  expect_refusals(
      1, {{"-NOAUTH HELLO must be called with the client already authenticated\r\n", ErrorCode::kRefused,
           "the upstream wants a password; set it in upstream.orders.url"},
          {"-NOPROTO unsupported protocol version\r\n", ErrorCode::kRefused, "HELLO 2 was answered"},
          {"-LOADING Redis is loading the dataset in memory\r\n", ErrorCode::kUnavailable, "LOADING"},
          {"+OK\r\n", ErrorCode::kProtocol, "something else"}});
}

TEST(LinkHandshake, AServerWithoutHelloSpeaksResp2) {
  const config::Upstream plain = upstream();
  const std::string_view unknown = "-ERR unknown command `HELLO`, with args beginning with: `2`, \r\n";
  LinkHandshake two(plain, {0, 2});
  EXPECT_TRUE(two.take_reply(unknown).ok());
  LinkHandshake three(plain, {0, 3});
  const Status status = three.take_reply(unknown);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kRefused);
}

TEST(LinkHandshake, ANameIsOnlyACourtesy) {
  const config::Upstream plain = upstream();
  LinkHandshake handshake(plain, {});
  ASSERT_TRUE(handshake.take_reply(kHello).ok());
  EXPECT_TRUE(handshake.take_reply("-NOPERM this user has no permissions\r\n").ok());
}

TEST(LinkHandshake, RefusalsOfSelect) {
  expect_refusals(3, {{"-ERR DB index is out of range\r\n", ErrorCode::kRefused, "DB index is out of range"},
                      {"-NOPERM no permissions to run the 'select' command\r\n", ErrorCode::kRefused,
                       "SELECT was answered"},
                      {"-LOADING Redis is loading\r\n", ErrorCode::kUnavailable, "SELECT was answered"}});
  const config::Upstream plain = upstream();
  for (const bool exists : {true, false}) {
    LinkHandshake handshake(plain, {99, 2});
    ASSERT_TRUE(handshake.take_reply(kHello).ok());
    ASSERT_TRUE(handshake.take_reply("+OK\r\n").ok());
    EXPECT_FALSE(handshake.take_reply(exists ? "-LOADING\r\n" : "-ERR DB index is out of range\r\n").ok());
    EXPECT_EQ(handshake.database_refused(), !exists);
  }
}

TEST(LinkHandshake, RefusalsOfInfo) {
  expect_refusals(
      4, {{"-NOPERM no permissions to run the 'info' command\r\n", ErrorCode::kRefused, "INFO replication"},
          {"-MASTERDOWN Link with MASTER is down\r\n", ErrorCode::kUnavailable, "INFO replication"},
          {"+OK\r\n", ErrorCode::kProtocol, "no usable master_replid"},
          {"*0\r\n", ErrorCode::kProtocol, "something else"}});
}

TEST(LinkHandshake, AReplyTooMuchIsAnError) {
  expect_refusals(5, {{"+OK\r\n", ErrorCode::kProtocol, "nothing had asked for"}});
}

}  // namespace
}  // namespace holdfast::proxy
