// The admin endpoint as an operator and Prometheus see it: a real client over a real socket.
#include "metrics/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>

#include "tests/metrics/exposition_checker.h"
#include "tests/metrics/fixture.h"
#include "tests/metrics/loop_thread.h"
#include "tests/support/http_client.h"

namespace holdfast::metrics {
namespace {

using holdfast::testing::HttpClient;
using holdfast::testing::HttpReply;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class FakeReadiness final : public ReadinessSource {
 public:
  std::vector<std::string> problems() const override {
    const std::lock_guard lock(mutex_);
    return problems_;
  }
  void set(std::vector<std::string> problems) {
    const std::lock_guard lock(mutex_);
    problems_ = std::move(problems);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
};

class AdminServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Without a journal the readiness is only what the test says.
    Sources sources = numbers_.sources();
    sources.journals = {nullptr};
    server_ = std::make_unique<AdminServer>(thread_.loop(), std::move(sources), readiness_);
    auto sockets = net::ListenSocket::open({Endpoint::Kind::kTcp, "127.0.0.1", 0, ""}, 1);
    ASSERT_TRUE(sockets.ok()) << sockets.error().message();
    port_ = sockets.value()[0].endpoint().port;
    const Status listening = server_->listen(std::move(sockets.value()[0]));
    ASSERT_TRUE(listening.ok()) << listening.error().message();
    thread_.start();
  }
  void TearDown() override { thread_.finish(); }

  HttpReply get(std::string_view path) {
    const auto reply = holdfast::testing::http_get(port_, path);
    EXPECT_TRUE(reply.has_value()) << path;
    return reply.value_or(HttpReply{});
  }

  TwoWorkers numbers_;
  FakeReadiness readiness_;
  uint16_t port_ = 0;

 private:
  std::unique_ptr<AdminServer> server_;
  LoopThread thread_{[this] { server_->close(); }};
};

TEST_F(AdminServerTest, MetricsAreInPrometheusTextFormat) {
  numbers_.first.environments[0].clients.add(5);
  const HttpReply reply = get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const Exposition exposition = read_exposition(reply.body);
  EXPECT_THAT(exposition.problems, IsEmpty());
  EXPECT_EQ(exposition.value("holdfast_clients{environment=\"production\"}"), 5);
}

TEST_F(AdminServerTest, MetricsOfNowNotOfBefore) {
  HttpClient client(port_);
  for (int i = 1; i <= 3; ++i) {
    numbers_.second.environments[0].connections.add();
    const auto reply = client.get("/metrics");
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(read_exposition(reply->body).value("holdfast_connections_total{environment=\"production\"}"),
              i);
  }
}

TEST_F(AdminServerTest, HealthyWhileItServes) {
  const HttpReply reply = get("/healthz");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "ok\n");
}

TEST_F(AdminServerTest, ReadyWhenNothingIsInTheWay) {
  numbers_.connect_upstream();
  const HttpReply reply = get("/readyz");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "ready\n");
}

TEST_F(AdminServerTest, NotReadyWithOneProblemALine) {
  readiness_.set({"cannot listen on 127.0.0.1:6380: another process has this port"});
  const HttpReply reply = get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply.body,
            "cannot listen on 127.0.0.1:6380: another process has this port\n"
            "upstream 'main' (127.0.0.1:6379) is not connected; check that Redis runs there\n");
  // It was not fatal: as soon as the reasons are gone it is ready.
  readiness_.set({});
  numbers_.connect_upstream();
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(AdminServerTest, TheRootPointsToTheRest) {
  const HttpReply reply = get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, StartsWith("Holdfast 1.2.3"));
  EXPECT_THAT(reply.body, HasSubstr("/metrics"));
}

TEST_F(AdminServerTest, AnUnknownPathSaysWhatIsServed) {
  for (const char* path : {"/metric", "/metrics/", "/../metrics", "/favicon.ico", "/%00"}) {
    const HttpReply reply = get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.body,
              "nothing at this path; served here: GET and HEAD of /metrics, /healthz and /readyz\n");
  }
}

TEST_F(AdminServerTest, AnotherMethodSaysWhatIsServed) {
  HttpClient client(port_);
  ASSERT_TRUE(client.send("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 405);
  EXPECT_THAT(reply->body, HasSubstr("/metrics, /healthz and /readyz"));
}

}  // namespace
}  // namespace holdfast::metrics
