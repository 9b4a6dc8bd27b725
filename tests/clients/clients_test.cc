// Client libraries do their own thing through Holdfast: each script of this folder, with the default
// configuration and with durability = "none". README.md has the list.
#include <gtest/gtest.h>

#include <filesystem>
#include <tuple>

#include "tests/integration/stack.h"

namespace holdfast::testing {
namespace {

constexpr const char* kScripts = HOLDFAST_SOURCE_DIR "/tests/clients/";
constexpr const char* kPackages = HOLDFAST_SOURCE_DIR "/build/clients/node_modules";

struct Client {
  const char* name;
  std::vector<std::string> interpreter;
  const char* script;
  const char* package;  // of npm; empty: Debian's
};

const Client kClients[] = {
    {"RedisCli", {"bash"}, "redis_cli.sh", ""},     {"RedisPy", {"/usr/bin/python3"}, "redis_py.py", ""},
    {"Ioredis", {"node"}, "ioredis.js", "ioredis"}, {"NodeRedis", {"node"}, "node_redis.js", "redis"},
    {"BullMq", {"node"}, "bullmq.js", "bullmq"},
};

class Clients : public ::testing::TestWithParam<std::tuple<Client, const char*>> {};

TEST_P(Clients, DoTheirOwnThing) {
  const auto& [client, durability] = GetParam();
  const std::string package = client.package;
  if (!package.empty() && !std::filesystem::exists(std::string(kPackages) + "/" + package))
    GTEST_SKIP() << "the npm package " << package << " is not in build/clients: ./dev test installs it";
  Stack stack({.environment = "durability = \"" + std::string(durability) + "\"\n"});
  // The deadline ends a client that waits for ever, before ctest would end all of them.
  std::vector<std::string> command = {"timeout", "90", "env", std::string("NODE_PATH=") + kPackages};
  command.insert(command.end(), client.interpreter.begin(), client.interpreter.end());
  command.push_back(std::string(kScripts) + client.script);
  command.push_back(std::to_string(stack.holdfast.port()));
  std::string output;
  EXPECT_EQ(run_program(command, output), 0) << output << stack.holdfast.log();
}

INSTANTIATE_TEST_SUITE_P(Real, Clients,
                         ::testing::Combine(::testing::ValuesIn(kClients), ::testing::Values("sync", "none")),
                         [](const auto& instance) {
                           return std::string(std::get<0>(instance.param).name) + "_" +
                                  std::get<1>(instance.param);
                         });

}  // namespace
}  // namespace holdfast::testing
