// Requests with a prefix before every name, and what cannot be served with one.
#include "policy/key_prefix.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace holdfast::policy {
namespace {

const KeyPrefix kPrefix("p:", false);

struct Found {
  CommandId id;
  KeyUses uses;
};

Found found(const std::vector<std::string_view>& arguments) {
  Found found{find_command(arguments[0], arguments.size() > 1 ? arguments[1] : ""), {}};
  find_keys(found.id, arguments, found.uses);
  return found;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

// The words of the rewritten request.
std::string rewritten(std::string_view line) {
  const auto arguments = words_of(line);
  const Found keys = found(arguments);
  std::string request;
  kPrefix.rewrite(keys.id, arguments, keys.uses, request);
  std::istringstream in(request);
  std::string text;
  std::string length;
  std::getline(in, length);
  for (std::string word; std::getline(in, length) && std::getline(in, word);) {
    EXPECT_EQ(length, "$" + std::to_string(word.size() - 1) + "\r");
    text += (text.empty() ? "" : " ") + word.substr(0, word.size() - 1);
  }
  EXPECT_TRUE(request.starts_with("*" + std::to_string(words_of(text).size()) + "\r\n")) << request;
  return text;
}

TEST(KeyPrefix, StandsBeforeEveryName) {
  EXPECT_EQ(rewritten("SET a a"), "SET p:a a");
  EXPECT_EQ(rewritten("MSET a b c d"), "MSET p:a b p:c d");
  EXPECT_EQ(rewritten("XREADGROUP GROUP g c STREAMS x y > >"), "XREADGROUP GROUP g c STREAMS p:x p:y > >");
  EXPECT_EQ(rewritten("ZUNIONSTORE d 2 a b WEIGHTS 1 2"), "ZUNIONSTORE p:d 2 p:a p:b WEIGHTS 1 2");
  EXPECT_EQ(rewritten("SORT l BY w_* GET # GET o_*->f STORE d"),
            "SORT p:l BY p:w_* GET # GET p:o_*->f STORE p:d");
  EXPECT_EQ(rewritten("SORT l BY nosort"), "SORT p:l BY nosort");
  EXPECT_EQ(rewritten("OBJECT ENCODING k"), "OBJECT ENCODING p:k");
  EXPECT_EQ(rewritten("COPY a b DB 1"), "COPY p:a p:b DB 1");
}

TEST(KeyPrefix, StandsBeforePatternsAndChannels) {
  EXPECT_EQ(rewritten("KEYS a*"), "KEYS p:a*");
  EXPECT_EQ(rewritten("SCAN 0"), "SCAN 0 MATCH p:*");
  EXPECT_EQ(rewritten("SCAN 0 COUNT 5 match a* TYPE hash"), "SCAN 0 COUNT 5 match p:a* TYPE hash");
  EXPECT_EQ(rewritten("HSCAN h 0 MATCH a*"), "HSCAN p:h 0 MATCH a*");
  EXPECT_EQ(rewritten("PUBLISH c text"), "PUBLISH p:c text");
  EXPECT_EQ(rewritten("PSUBSCRIBE a* *"), "PSUBSCRIBE p:a* p:*");
  EXPECT_EQ(rewritten("SUBSCRIBE __keyspace@0__:k __redis__:invalidate"),
            "SUBSCRIBE __keyspace@0__:p:k __redis__:invalidate");
  EXPECT_EQ(rewritten("PSUBSCRIBE __keyevent@*__:del __keyspace@*__:k*"),
            "PSUBSCRIBE __keyevent@*__:del __keyspace@*__:p:k*");
  // Nobody else may be told that Redis says it.
  EXPECT_EQ(rewritten("PUBLISH __redis__:invalidate k"), "PUBLISH p:__redis__:invalidate k");
  EXPECT_EQ(rewritten("PUBLISH __keyevent@0__:del k"), "PUBLISH p:__keyevent@0__:del k");
  EXPECT_EQ(rewritten("PUBLISH __keyspace@0__:k del"), "PUBLISH __keyspace@0__:p:k del");
  EXPECT_EQ(rewritten("SUBSCRIBE __redis__:x"), "SUBSCRIBE p:__redis__:x");
  EXPECT_EQ(rewritten("PUBSUB NUMSUB __keyevent@0__:del"), "PUBSUB NUMSUB p:__keyevent@0__:del");
  EXPECT_EQ(rewritten("PUBSUB CHANNELS"), "PUBSUB CHANNELS p:*");
  EXPECT_EQ(rewritten("PUBSUB CHANNELS a*"), "PUBSUB CHANNELS p:a*");
  EXPECT_EQ(rewritten("PUBSUB NUMSUB a b"), "PUBSUB NUMSUB p:a p:b");
  EXPECT_EQ(rewritten("CLIENT TRACKING ON BCAST"), "CLIENT TRACKING ON BCAST PREFIX p:");
  EXPECT_EQ(rewritten("CLIENT TRACKING ON BCAST PREFIX a PREFIX b"),
            "CLIENT TRACKING ON BCAST PREFIX p:a PREFIX p:b");
  EXPECT_EQ(rewritten("CLIENT TRACKING ON"), "CLIENT TRACKING ON");
}

TEST(KeyPrefix, RefusesWhatWouldReachOutside) {
  const auto objects = [](std::string_view line) {
    const auto arguments = words_of(line);
    const Found keys = found(arguments);
    return !kPrefix.objection(keys.id, arguments, keys.uses).empty();
  };
  for (const char* line : {"FLUSHALL", "DBSIZE", "EVAL x 1 k", "EVAL_RO x 0", "FCALL f 0", "MONITOR",
                           "PSUBSCRIBE __keyspace@0__*", "PSUBSCRIBE ok __keyspace@", "PSUBSCRIBE __key*__:*",
                           "PSUBSCRIBE __key[s]pace@0__:*", "SUBSCRIBE __keyspace@x__:k",
                           "CLIENT TRACKING ON BCAST REDIRECT 5", "NOSUCHCOMMAND k", "SWAPDB 0 1"})
    EXPECT_TRUE(objects(line)) << line;
  for (const char* line :
       {"GET k", "SCAN 0", "RANDOMKEY", "SUBSCRIBE __keyevent@0__:del", "PSUBSCRIBE __keyevent@*__:*",
        "PSUBSCRIBE __keyspace@*__:a*", "INFO", "PING", "PSUBSCRIBE __keyspace@0__:a*", "PSUBSCRIBE *",
        "SUBSCRIBE __keyspace", "CLIENT TRACKING ON REDIRECT 5"})
    EXPECT_FALSE(objects(line)) << line;
}

TEST(KeyPrefix, LetsScriptsRunThatRedisItselfConfines) {
  const KeyPrefix confined("p:", true);
  const auto objects = [&](std::string_view line) {
    const auto arguments = words_of(line);
    const Found keys = found(arguments);
    return !confined.objection(keys.id, arguments, keys.uses).empty();
  };
  EXPECT_FALSE(objects("EVAL x 1 k"));
  EXPECT_FALSE(objects("FCALL f 1 k"));
  EXPECT_TRUE(objects("FUNCTION LOAD x"));
  EXPECT_TRUE(objects("FLUSHALL"));
  EXPECT_EQ(rewritten("EVAL x 2 a b c"), "EVAL x 2 p:a p:b c");
}

}  // namespace
}  // namespace holdfast::policy
