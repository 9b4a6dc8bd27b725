// A client cannot tell Holdfast from Redis: the same commands to both, byte for byte the same replies.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

// One command a line; words are separated by spaces. Nothing here depends on time, chance or the connection,
// and nothing is unknown, which the policy answers.
constexpr const char* kCommands = R"(
PING
PING hello
PING too many words
ECHO hello
ECHO
SET k v
SET k
SET k v EX
SET k v EX 0
SET k v EX nonsense
SET k v NX
SET k v2 XX GET
SET k v3 BOGUS
GET k
GET
GET k k
GETDEL k
GETSET k 1
INCR k
INCRBY k 41
INCRBY k x
INCRBYFLOAT k 0.5
INCRBYFLOAT k inf
DECR k
APPEND k x
STRLEN k
SETRANGE k 3 abc
GETRANGE k 0 -1
SETBIT bits 7 1
GETBIT bits 7
BITCOUNT bits
BITFIELD bits GET u8 0
BITFIELD_RO bits GET u8 0
MSET a 1 b 2 c 3
MSET a
MGET a b c missing
MSETNX a 1 z 2
EXISTS a b missing
DEL a b missing
UNLINK c
TYPE k
TYPE missing
RENAME missing other
RENAME k k2
COPY k2 k3
TTL k2
TTL missing
PTTL missing
EXPIRE missing 10
EXPIREAT k3 1
PERSIST k2
OBJECT ENCODING k2
OBJECT HELP
OBJECT
TOUCH k2
DBSIZE
HSET h f1 v1 f2 v2
HSET h f1
HGET h f1
HGET h missing
HMGET h f1 f2 f3
HGETALL h
HGETALL missing
HINCRBY h n 5
HINCRBYFLOAT h n 0.25
HKEYS h
HVALS h
HLEN h
HSTRLEN h f1
HEXISTS h f1
HDEL h f1 nope
HSCAN h 0
GET h
HGET k2 f
LPUSH l a b c
RPUSH l d
RPUSHX missing d
LRANGE l 0 -1
LRANGE l x y
LINDEX l 0
LINSERT l BEFORE b z
LPOS l b
LPOS l b RANK 0
LREM l 0 z
LSET l 0 zero
LSET l 99 zero
LTRIM l 0 2
LLEN l
LPOP l
RPOP l 2
LPOP missing
LPOP missing 2
LMOVE l l LEFT RIGHT
LMPOP 1 l LEFT
LMPOP 0 l LEFT
SADD s m1
SADD s m1
SISMEMBER s m1
SMISMEMBER s m1 m2
SMEMBERS s
SCARD s
SADD t m1 m2 m3 m4
SINTER s t
SINTERCARD 2 s t
SDIFF s t
SUNIONSTORE u s t
SMOVE s t m1
SREM s m1
SSCAN missing 0
ZADD z 1 one 2 two 3 three
ZADD z NX XX 1 one
ZADD z nan x
ZADD z INCR 1.5 one
ZSCORE z one
ZSCORE z missing
ZMSCORE z one two none
ZRANGE z 0 -1
ZRANGE z 0 -1 WITHSCORES
ZRANGE z (1 3 BYSCORE LIMIT 0 1
ZRANGEBYSCORE z -inf +inf WITHSCORES
ZRANGEBYLEX z [a [z
ZRANK z two
ZREVRANK z missing
ZCOUNT z 1 2
ZINCRBY z 1 one
ZREM z one
ZPOPMIN z
ZPOPMAX missing
ZMPOP 1 z MAX
ZRANDMEMBER missing
ZUNION 2 z u WITHSCORES
XADD x 1-1 f v
XADD x 1-1 f v
XADD x 0-0 f v
XADD x 2-1 f v g w
XADD x 3-1 f
XLEN x
XRANGE x - +
XREVRANGE x + -
XREAD COUNT 1 STREAMS x 0
XREAD STREAMS x
XREAD STREAMS missing $
XGROUP CREATE x g 0
XGROUP CREATE x g 0
XREADGROUP GROUP g c COUNT 1 STREAMS x >
XREADGROUP GROUP nogroup c STREAMS x >
XACK x g 1-1
XPENDING x g
XDEL x 1-1
XTRIM x MAXLEN 0
XINFO STREAM missing
XINFO HELP
PFADD p a b c
PFCOUNT p
PFMERGE q p
GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
GEOPOS geo Palermo missing
GEODIST geo Palermo Catania km
GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD
SORT t ALPHA
SORT t
SORT_RO t ALPHA LIMIT 0 1
SCAN 0 MATCH nothing*
SCAN x
DUMP missing
RESTORE r 0 garbage
RESTORE r -1 garbage
EVAL return{1,'two',{3,false},redis.status_reply('fine')} 0
EVAL return 0
EVAL return{err='MY error'} 0
EVAL return{double=3.25} 0
EVAL error 0
EVAL nonsense( 0
EVAL return(redis.call('SET',KEYS[1],ARGV[1])) 1 ev value
EVAL_RO return(redis.call('SET',KEYS[1],1)) 1 ev
EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
EVALSHA short 0
SCRIPT LOAD return(1)
SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
SCRIPT HELP
FUNCTION LIST
FCALL missing 0
FUNCTION LOAD nonsense
MULTI
SET m 1
INCR m
GET m
EXEC
MULTI
SET m 1 2 3 4 5
INCR m
EXEC
MULTI
LPUSH m x
EXEC
MULTI
MULTI
WATCH m
DISCARD
MULTI nonsense
EXEC
EXEC nonsense
DISCARD
DISCARD nonsense
WATCH
WATCH m m2
UNWATCH
WATCH m
MULTI
EXEC
MULTI
EXEC
SELECT
SELECT 0 0
SELECT x
SELECT -1
SELECT 10000
SELECT 1
DBSIZE
SET one 1
SELECT 0
GET one
MOVE k2 1
BLPOP l notanumber
BLPOP l -1
BLPOP k3
LPUSH l x
BLPOP l 0
BRPOPLPUSH missing other 0.01
BLMOVE missing other LEFT RIGHT 0.01
BLMPOP 0.01 1 missing LEFT
BZPOPMIN missing 0.01
XREAD BLOCK 10 STREAMS missing $
XREAD BLOCK x STREAMS missing $
PUBLISH channel message
PUBSUB CHANNELS
PUBSUB NUMSUB a
CLIENT GETNAME
CLIENT SETNAME name
CLIENT GETNAME
CLIENT SETNAME
CLIENT SETNAME two words
AUTH
AUTH password
AUTH default password
AUTH nobody password
AUTH a b c
HELLO x
HELLO 4
HELLO 3 SETNAME
HELLO 3 AUTH a
HELLO 3 AUTH nobody password
HELLO 3 BOGUS
LASTSAVE x
ROLE x
COMMAND COUNT
COMMAND INFO get nonsense
COMMAND GETKEYS MSET a 1 b 2
CONFIG GET maxmemory-policy
CONFIG GET
LATENCY HELP
MEMORY USAGE missing
MEMORY HELP
ACL WHOAMI
ACL CAT
LOLWUT VERSION 5 1 1 1
SUBSTR k2 0 1
GETEX k2 PERSIST
LCS k2 k3
TIME x
RESET
GET k2
)";

std::vector<std::vector<std::string>> commands() {
  std::vector<std::vector<std::string>> all;
  std::istringstream lines(kCommands);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> command;
    for (std::string word; words >> word;) command.push_back(word);
    if (!command.empty()) all.push_back(std::move(command));
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

class SameBytes : public ::testing::TestWithParam<const char*> {};

TEST_P(SameBytes, AsFromRedisItself) {
  RedisServer reference;
  Stack stack;
  RawClient direct(reference.port());
  RawClient through(stack.holdfast.port());
  const std::string protocol = GetParam();
  direct.command({"HELLO", protocol});
  through.command({"HELLO", protocol});
  for (const std::vector<std::string>& command : commands()) {
    const std::string expected = direct.command(command);
    EXPECT_EQ(through.command(command), expected) << "for " << joined(command);
    if (command[0] == "RESET" && protocol == "3") {
      direct.command({"HELLO", protocol});
      through.command({"HELLO", protocol});
    }
  }
}

// The same in one write: what changes links in the middle of a pipeline must not change the answers.
TEST_P(SameBytes, AsFromRedisItselfInOnePipeline) {
  RedisServer reference;
  Stack stack;
  RawClient direct(reference.port());
  RawClient through(stack.holdfast.port());
  direct.command({"HELLO", GetParam()});
  through.command({"HELLO", GetParam()});
  std::string requests;
  for (const std::vector<std::string>& command : commands()) requests += encode_request(command);
  direct.send(requests);
  through.send(requests);
  for (const std::vector<std::string>& command : commands()) {
    const std::string expected = direct.read_reply();
    EXPECT_EQ(through.read_reply(), expected) << "for " << joined(command);
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, SameBytes, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

}  // namespace
}  // namespace holdfast::testing
