// hiredis through Holdfast, as an application in C uses it.
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <memory>

#include "tests/integration/stack.h"

namespace holdfast::testing {
namespace {

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

class Hiredis : public ::testing::TestWithParam<const char*> {
 protected:
  using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;

  Context connect() { return Context(redisConnect("127.0.0.1", stack_.holdfast.port()), &redisFree); }

  template <typename... Arguments>
  static Reply command(const Context& context, const char* format, Arguments... arguments) {
    return Reply(static_cast<redisReply*>(redisCommand(context.get(), format, arguments...)),
                 &freeReplyObject);
  }

  static Reply next(const Context& context) {
    void* reply = nullptr;
    EXPECT_EQ(redisGetReply(context.get(), &reply), REDIS_OK) << context->errstr;
    return Reply(static_cast<redisReply*>(reply), &freeReplyObject);
  }

  Stack stack_{{.environment = "durability = \"" + std::string(GetParam()) + "\"\n"}};
};

TEST_P(Hiredis, BasicsAndTransactions) {
  const Context context = connect();
  const char value[] = "\0binary\r\n";
  EXPECT_STREQ(command(context, "SET %s %b", "k", value, sizeof(value))->str, "OK");
  EXPECT_EQ(command(context, "GET %s", "k")->len, sizeof(value));
  EXPECT_EQ(command(context, "GET missing")->type, REDIS_REPLY_NIL);
  EXPECT_EQ(command(context, "LPUSH k x")->type, REDIS_REPLY_ERROR);
  EXPECT_EQ(command(context, "MULTI")->type, REDIS_REPLY_STATUS);
  EXPECT_STREQ(command(context, "INCR n")->str, "QUEUED");
  const Reply results = command(context, "EXEC");
  ASSERT_EQ(results->elements, 1u);
  EXPECT_EQ(results->element[0]->integer, 1);
}

TEST_P(Hiredis, Pipelines) {
  const Context context = connect();
  for (int i = 0; i < 1000; ++i) redisAppendCommand(context.get(), "INCR n");
  for (int i = 1; i <= 1000; ++i) ASSERT_EQ(next(context)->integer, i);
}

TEST_P(Hiredis, BlockingAndScripts) {
  const Context waiter = connect();
  const Context pusher = connect();
  EXPECT_EQ(command(waiter, "BLPOP queue 0.01")->type, REDIS_REPLY_NIL);
  redisAppendCommand(waiter.get(), "BLPOP queue 10");
  int sent = 0;
  EXPECT_EQ(redisBufferWrite(waiter.get(), &sent), REDIS_OK);
  EXPECT_EQ(command(pusher, "RPUSH queue job")->integer, 1);
  EXPECT_STREQ(next(waiter)->element[1]->str, "job");
  EXPECT_EQ(command(pusher, "EVAL %s 1 n 5", "return redis.call('INCRBY',KEYS[1],ARGV[1])")->integer, 5);
}

TEST_P(Hiredis, Subscriptions) {
  const Context subscriber = connect();
  const Context publisher = connect();
  EXPECT_EQ(command(subscriber, "SUBSCRIBE news")->element[2]->integer, 1);
  EXPECT_EQ(command(publisher, "PUBLISH news hello")->integer, 1);
  EXPECT_STREQ(next(subscriber)->element[2]->str, "hello");
  EXPECT_EQ(command(subscriber, "UNSUBSCRIBE news")->element[2]->integer, 0);
  EXPECT_STREQ(command(subscriber, "PING")->str, "PONG");
}

INSTANTIATE_TEST_SUITE_P(Durability, Hiredis, ::testing::Values("sync", "none"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace holdfast::testing
