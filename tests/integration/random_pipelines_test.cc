// Random pipelines that go in and out of every state of a connection, the same to Redis and to Holdfast:
// every frame must be the same, in the same order, wherever the writes to the socket are cut.
#include <gtest/gtest.h>

#include <random>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {
namespace {

constexpr int kRounds = 12;
constexpr int kSteps = 250;

// Each leaves MULTI when it enters it, since SUBSCRIBE inside of it is not served; and no state has two
// channels, since Redis unsubscribes from all in an order of its own.
constexpr const char* kCommands[] = {
    "INCR n",
    "GET n",
    "SET k text",
    "LRANGE l 0 -1",
    "RPUSH l message a text",
    "SUBSCRIBE a",
    "UNSUBSCRIBE a",
    "UNSUBSCRIBE",
    "PSUBSCRIBE p*",
    "PUNSUBSCRIBE",
    "SSUBSCRIBE s",
    "SUNSUBSCRIBE",
    "PING",
    "PING text",
    "PUBLISH a to-myself",
    "PUBLISH pattern to-myself",
    "SELECT 1",
    "SELECT 0",
    "SELECT 9999",
    "WATCH k",
    "UNWATCH",
    "MULTI\r\nINCR n\r\nGET n\r\nEXEC",
    "MULTI\r\nSELECT 1\r\nINCR n\r\nEXEC",
    "MULTI\r\nSET k x\r\nDISCARD",
    "MULTI\r\nGET\r\nEXEC",
    "MULTI\r\nPUBLISH a inside\r\nEXEC",
    "MULTI\r\nCLIENT SETNAME inside\r\nINCR n\r\nCLIENT GETNAME\r\nEXEC",
    "MULTI\r\nCLIENT REPLY SKIP\r\nINCR n\r\nEXEC\r\nINCR n",
    "MULTI\r\nSELECT 1\r\nCLIENT TRACKINGINFO\r\nINCR n\r\nEXEC",
    "CLIENT SETNAME name",
    "CLIENT GETNAME",
    "CLIENT REPLY SKIP\r\nINCR n",
    "CLIENT REPLY OFF\r\nINCR n\r\nSUBSCRIBE a\r\nGET n\r\nRESET",
    "CLIENT TRACKINGINFO",
    "CLIENT NO-EVICT on",
    "CLIENT LIST TYPE master",
    "BLPOP nothing 0.001",
    "BLPOP l 0.01",
    "XREAD BLOCK 1 STREAMS nothing $",
    "WAIT 0 1 x",
    "EVAL \"return redis.call('INCR',KEYS[1])\" 1 n",
    "GET",
    "EXEC",
    "HELLO 9",
    "RESET",
    "*1\r\n$4\r\nPING",
};

class RandomPipelines : public ::testing::TestWithParam<const char*> {};

TEST_P(RandomPipelines, AreAnsweredAsByRedis) {
  RedisServer reference;
  Stack stack;
  std::mt19937 random(20'240'614);
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    std::string requests;
    std::string steps;
    for (int i = 0; i < kSteps; ++i) {
      const std::string step = kCommands[random() % std::size(kCommands)];
      steps += step + "\r\n";
      // RESET ends RESP3; HELLO's answer has an id, so it is not compared.
      if (step.ends_with("RESET")) steps += std::string("CLIENT REPLY SKIP\r\nHELLO ") + GetParam() + "\r\n";
    }
    requests = steps + "RESET\r\nECHO done\r\n";
    RawClient direct(reference.port());
    RawClient through(stack.holdfast.port());
    direct.command({"HELLO", GetParam()});
    through.command({"HELLO", GetParam()});
    direct.send(requests);
    for (size_t at = 0; at < requests.size();) {
      const size_t size = random() % 2 == 0 ? requests.size() - at : 1 + random() % 200;
      through.send(std::string_view(requests).substr(at, size));
      at += std::min(size, requests.size() - at);
    }
    for (int frame = 0;; ++frame) {
      const std::string expected = direct.read_reply();
      ASSERT_EQ(through.read_reply(), expected) << "frame " << frame << " of round " << round << ":\n"
                                                << steps;
      if (expected == "$4\r\ndone\r\n") break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, RandomPipelines, ::testing::Values("2", "3"),
                         [](const auto& instance) { return "Resp" + std::string(instance.param); });

}  // namespace
}  // namespace holdfast::testing
