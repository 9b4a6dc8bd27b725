#include "proxy/client_info.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

TEST(ClientInfo, IsALineAsRedisWritesIt) {
  ClientInfo info;
  info.id = 7;
  info.address = "127.0.0.1:5";
  info.local_address = "127.0.0.1:6380";
  info.descriptor = 9;
  info.name = "name";
  info.age_s = 3;
  info.flags = "N";
  info.output_bytes = 10;
  info.command = "client|list";
  const std::string line = client_line(info);
  EXPECT_TRUE(line.starts_with(
      "id=7 addr=127.0.0.1:5 laddr=127.0.0.1:6380 fd=9 name=name age=3 idle=0 flags=N db=0 "))
      << line;
  EXPECT_TRUE(line.ends_with(" events=rw cmd=client|list user=default redir=-1 resp=2")) << line;
  info.library = "lib";
  EXPECT_TRUE(client_line(info).ends_with(" resp=2 lib-name=lib lib-ver=")) << client_line(info);
}

TEST(ClientFilter, EveryConditionMustHold) {
  ClientInfo info;
  info.id = 7;
  info.address = "a:1";
  info.local_address = "b:2";
  ClientFilter filter;
  EXPECT_TRUE(matches(filter, info));
  filter.ids = {1, 7};
  filter.address = "a:1";
  filter.local_address = "b:2";
  filter.type = ClientType::kNormal;
  EXPECT_TRUE(matches(filter, info));
  info.patterns = 1;
  EXPECT_FALSE(matches(filter, info));
  filter.type = ClientType::kPubsub;
  EXPECT_TRUE(matches(filter, info));
  filter.type = ClientType::kReplica;
  EXPECT_FALSE(matches(filter, info));
  filter.type = ClientType::kAny;
  filter.address = "a:2";
  EXPECT_FALSE(matches(filter, info));
  filter.address.clear();
  filter.ids = {1};
  EXPECT_FALSE(matches(filter, info));
}

TEST(ClientType, IsAWordInAnyCase) {
  EXPECT_EQ(client_type("NORMAL"), ClientType::kNormal);
  EXPECT_EQ(client_type("slave"), ClientType::kReplica);
  EXPECT_EQ(client_type("replica"), ClientType::kReplica);
  EXPECT_EQ(client_type("other"), std::nullopt);
}

}  // namespace
}  // namespace holdfast::proxy
