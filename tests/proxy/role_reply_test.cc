#include "proxy/role_reply.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::proxy {
namespace {

constexpr std::string_view kName = "holdfast-1";

std::string replica(const std::string& name) {
  return "*3\r\n$" + std::to_string(name.size()) + "\r\n" + name + "\r\n$4\r\n6380\r\n$3\r\n100\r\n";
}

TEST(RoleReply, AMasterWithoutReplicas) {
  RoleReply role;
  ASSERT_TRUE(parse_role_reply("*3\r\n$6\r\nmaster\r\n:3129659\r\n*0\r\n", kName, role));
  EXPECT_TRUE(role.is_master);
  EXPECT_FALSE(role.lists_journal);
  EXPECT_EQ(role.offset, 3129659u);
}

TEST(RoleReply, FindsTheJournalAmongTheReplicas) {
  const std::string head = "*3\r\n$6\r\nmaster\r\n:1\r\n*3\r\n";
  for (int place = 0; place < 3; ++place) {
    std::string reply = head;
    for (int i = 0; i < 3; ++i)
      reply += replica(i == place ? std::string(kName) : "10.0.0." + std::to_string(i));
    RoleReply role;
    ASSERT_TRUE(parse_role_reply(reply, kName, role));
    EXPECT_TRUE(role.lists_journal);
    EXPECT_EQ(role.journal_offset, 100u);
  }
}

TEST(RoleReply, OtherReplicasAreNotTheJournal) {
  RoleReply role;
  ASSERT_TRUE(parse_role_reply("*3\r\n$6\r\nmaster\r\n:1\r\n*3\r\n" + replica("127.0.0.1") +
                                   replica("holdfast-12") + replica("holdfast-"),
                               kName, role));
  EXPECT_TRUE(role.is_master);
  EXPECT_FALSE(role.lists_journal);
}

TEST(RoleReply, AReplicaAndASentinelAreNotMasters) {
  for (const char* reply : {"*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:100\r\n",
                            "*2\r\n$8\r\nsentinel\r\n*1\r\n$8\r\nmymaster\r\n"}) {
    RoleReply role{true, true, 7, 7};
    ASSERT_TRUE(parse_role_reply(reply, kName, role));
    EXPECT_FALSE(role.is_master);
    EXPECT_FALSE(role.lists_journal);
    EXPECT_EQ(role.offset, 0u);
    EXPECT_EQ(role.journal_offset, 0u);
  }
}

TEST(RoleReply, WhatIsNoAnswerToRole) {
  for (const std::string reply :
       {"", "-NOPERM no\r\n", "-LOADING\r\n", "+QUEUED\r\n", ":1\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
        "*1\r\n:1\r\n", "*3\r\n$6\r\nmaster\r\n$1\r\nx\r\n*0\r\n", "*3\r\n$6\r\nmaster\r\n:-1\r\n*0\r\n",
        "*2\r\n$6\r\nmaster\r\n:1\r\n", "*3\r\n$6\r\nmaster\r\n:1\r\n$1\r\nx\r\n",
        "*3\r\n$6\r\nmaster\r\n:1\r\n*1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
        "*3\r\n$6\r\nmaster\r\n:1\r\n*2\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"}) {
    RoleReply role;
    EXPECT_FALSE(parse_role_reply(reply, kName, role)) << reply;
  }
}

}  // namespace
}  // namespace holdfast::proxy
