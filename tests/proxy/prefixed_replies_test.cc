// Names in replies, given back without the prefix.
#include "proxy/prefixed_replies.h"

#include <gtest/gtest.h>

namespace holdfast::proxy {
namespace {

using policy::ReplyForm;

std::string plain(std::string_view reply, ReplyForm form, std::string_view of_queued = {}) {
  return without_prefix(reply, form, "p:", of_queued);
}

TEST(PrefixedReplies, ListsOfKeysLoseIt) {
  EXPECT_EQ(plain("*2\r\n$3\r\np:a\r\n$5\r\np:p:b\r\n", ReplyForm::kEach), "*2\r\n$1\r\na\r\n$3\r\np:b\r\n");
  EXPECT_EQ(plain("*0\r\n", ReplyForm::kEach), "*0\r\n");
  EXPECT_EQ(plain("*2\r\n$1\r\n0\r\n*1\r\n$3\r\np:a\r\n", ReplyForm::kScan),
            "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n");
  EXPECT_EQ(plain("*4\r\n$3\r\np:a\r\n:1\r\n$3\r\np:b\r\n:0\r\n", ReplyForm::kEverySecond),
            "*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:0\r\n");
}

TEST(PrefixedReplies, OnlyTheNameDoesNotTheValueThatLooksLikeIt) {
  EXPECT_EQ(plain("*2\r\n$3\r\np:a\r\n$3\r\np:v\r\n", ReplyForm::kFirst), "*2\r\n$1\r\na\r\n$3\r\np:v\r\n");
  EXPECT_EQ(plain("*-1\r\n", ReplyForm::kFirst), "*-1\r\n");
  EXPECT_EQ(plain("_\r\n", ReplyForm::kFirst), "_\r\n");
  EXPECT_EQ(
      plain("*2\r\n$3\r\np:a\r\n*2\r\n*2\r\n$1\r\nm\r\n,1\r\n*2\r\n$3\r\np:m\r\n,2\r\n", ReplyForm::kFirst),
      "*2\r\n$1\r\na\r\n*2\r\n*2\r\n$1\r\nm\r\n,1\r\n*2\r\n$3\r\np:m\r\n,2\r\n");
}

TEST(PrefixedReplies, StreamsInBothProtocols) {
  constexpr std::string_view kEntries = "*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$3\r\np:f\r\n$3\r\np:v\r\n";
  EXPECT_EQ(plain("*1\r\n*2\r\n$3\r\np:s\r\n" + std::string(kEntries), ReplyForm::kStreams),
            "*1\r\n*2\r\n$1\r\ns\r\n" + std::string(kEntries));
  EXPECT_EQ(plain("%1\r\n$3\r\np:s\r\n" + std::string(kEntries), ReplyForm::kStreams),
            "%1\r\n$1\r\ns\r\n" + std::string(kEntries));
  EXPECT_EQ(plain("-NOGROUP No such key 'p:s' or consumer group 'p:g'\r\n", ReplyForm::kStreams),
            "-NOGROUP No such key 's' or consumer group 'g'\r\n");
}

TEST(PrefixedReplies, OfATransactionEachInItsForm) {
  const std::string forms = {static_cast<char>(ReplyForm::kPlain), static_cast<char>(ReplyForm::kFirst)};
  EXPECT_EQ(plain("*3\r\n$3\r\np:v\r\n*2\r\n$3\r\np:a\r\n$1\r\nv\r\n+OK\r\n", ReplyForm::kExec, forms),
            "*3\r\n$3\r\np:v\r\n*2\r\n$1\r\na\r\n$1\r\nv\r\n+OK\r\n");
  EXPECT_EQ(plain("*-1\r\n", ReplyForm::kExec, forms), "*-1\r\n");
  EXPECT_EQ(plain("-EXECABORT x\r\n", ReplyForm::kExec, forms), "-EXECABORT x\r\n");
}

TEST(PrefixedReplies, InfoDoesNotCountEverybodysKeys) {
  EXPECT_EQ(plain("$40\r\n# CPU\r\na:1\r\n\r\n# Keyspace\r\ndb0:keys=1\r\n\r\n", ReplyForm::kInfo),
            "$14\r\n# CPU\r\na:1\r\n\r\n\r\n");
  EXPECT_EQ(plain("$7\r\n# A\r\na:\r\n", ReplyForm::kInfo), "$7\r\n# A\r\na:\r\n");
}

TEST(PrefixedReplies, PushesOfEveryKind) {
  const auto push = [](std::string_view bytes) { return push_without_prefix(bytes, "p:"); };
  EXPECT_EQ(push("*3\r\n$7\r\nmessage\r\n$3\r\np:c\r\n$3\r\np:t\r\n"),
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\np:t\r\n");
  EXPECT_EQ(push(">4\r\n$8\r\npmessage\r\n$4\r\np:c*\r\n$3\r\np:c\r\n$1\r\nt\r\n"),
            ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$1\r\nc\r\n$1\r\nt\r\n");
  EXPECT_EQ(push("*3\r\n$9\r\nsubscribe\r\n$3\r\np:c\r\n:1\r\n"),
            "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
  EXPECT_EQ(push("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n"), "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
  EXPECT_EQ(push(">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\np:k\r\n"),
            ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n");
  EXPECT_EQ(push(">2\r\n$10\r\ninvalidate\r\n_\r\n"), ">2\r\n$10\r\ninvalidate\r\n_\r\n");
  EXPECT_EQ(push("*3\r\n$7\r\nmessage\r\n$17\r\n__keyspace@0__:p:\r\n$3\r\nset\r\n"),
            "*3\r\n$7\r\nmessage\r\n$15\r\n__keyspace@0__:\r\n$3\r\nset\r\n");
  EXPECT_EQ(push("*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$3\r\np:k\r\n"),
            "*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$1\r\nk\r\n");
}

TEST(PrefixedReplies, PushesAboutKeysOfOthersAreDropped) {
  const auto push = [](std::string_view bytes) { return push_without_prefix(bytes, "p:"); };
  EXPECT_EQ(push("*3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$3\r\nq:k\r\n"), "");
  EXPECT_EQ(push(">4\r\n$8\r\npmessage\r\n$12\r\n__keyevent@*\r\n$18\r\n__keyevent@0__:del\r\n$1\r\nk\r\n"),
            "");
  EXPECT_EQ(
      push("*4\r\n$8\r\npmessage\r\n$17\r\n__keyspace@*__:p:\r\n$18\r\n__keyspace@0__:q:k\r\n$3\r\ndel\r\n"),
      "");
  // Its own pattern over all databases.
  EXPECT_EQ(
      push("*4\r\n$8\r\npmessage\r\n$18\r\n__keyspace@*__:p:*\r\n$18\r\n__keyspace@0__:p:k\r\n$3\r\ndel\r\n"),
      "*4\r\n$8\r\npmessage\r\n$16\r\n__keyspace@*__:*\r\n$16\r\n__keyspace@0__:k\r\n$3\r\ndel\r\n");
}

}  // namespace
}  // namespace holdfast::proxy
