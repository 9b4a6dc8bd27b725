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

TEST_F(AdminServerTest, OpenMetricsAndGzipForWhoAsks) {
  HttpClient client(port_);
  ASSERT_TRUE(
      client.send("GET /metrics HTTP/1.1\r\nHost: h\r\naccept: application/openmetrics-text\r\n\r\n"));
  const auto open = client.read_reply();
  ASSERT_TRUE(open);
  EXPECT_THAT(open->header("content-type"), StartsWith("application/openmetrics-text; version=1.0.0"));
  EXPECT_TRUE(open->body.ends_with("\n# EOF\n"));
  EXPECT_THAT(open->body, HasSubstr("# TYPE holdfast_connections counter\n"));
  EXPECT_THAT(open->body, HasSubstr("holdfast_connections_total{environment=\"production\"} 0\n"));
  EXPECT_THAT(
      open->body,
      HasSubstr("holdfast_request_duration_seconds_bucket{environment=\"production\",le=\"+Inf\"} 0\n"));
  ASSERT_TRUE(client.send("GET /metrics HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n"));
  const auto packed = client.read_reply();
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->header("content-encoding"), "gzip");
  EXPECT_TRUE(packed->body.starts_with("\x1f\x8b"));
  // The headers of one request are not those of the next.
  ASSERT_TRUE(client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto plain = client.read_reply();
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->header("content-encoding"), "");
  EXPECT_THAT(plain->header("content-type"), StartsWith("text/plain; version=0.0.4"));
}

TEST_F(AdminServerTest, StatusIsOneJsonObject) {
  numbers_.first.environments[0].clients.add(5);
  const HttpReply reply = get("/status");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.header("content-type"), StartsWith("application/json"));
  EXPECT_TRUE(reply.body.starts_with("{") && reply.body.ends_with("}\n"));
  EXPECT_THAT(reply.body, HasSubstr("\"name\":\"production\""));
  EXPECT_THAT(reply.body, HasSubstr("\"clients\":5"));
}

TEST_F(AdminServerTest, EventsGoOnUntilSomebodyCloses) {
  HttpClient client(port_);
  ASSERT_TRUE(client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n"));
  std::string received;
  // The first at once, the next with the next tick.
  while (std::ranges::count(received, '{') == 0 || received.find("\n\ndata: ") == std::string::npos) {
    const std::string more = client.socket().read_some().value_or("");
    ASSERT_FALSE(more.empty()) << received;
    received += more;
  }
  EXPECT_THAT(received, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(received, ::testing::Not(HasSubstr("Content-Length")));
}

TEST_F(AdminServerTest, TheDashboardAsksNobodyElse) {
  const HttpReply reply = get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.header("content-type"), StartsWith("text/html"));
  EXPECT_THAT(reply.body, HasSubstr("fetch('events'"));
  // The name of the SVG namespace is no address that is asked.
  std::string page = reply.body;
  for (size_t at = 0; (at = page.find("http://www.w3.org/2000/svg")) != std::string::npos;)
    page.erase(at, 26);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
}

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

TEST_F(AdminServerTest, AnUnknownPathSaysWhatIsServed) {
  for (const char* path : {"/metric", "/metrics/", "/../metrics", "/favicon.ico", "/%00"}) {
    const HttpReply reply = get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.body,
              "nothing at this path; served here: GET and HEAD of /, /metrics, /status, /events, /healthz "
              "and /readyz\n");
  }
}

TEST_F(AdminServerTest, AnotherMethodSaysWhatIsServed) {
  HttpClient client(port_);
  ASSERT_TRUE(client.send("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 405);
  EXPECT_THAT(reply->body, HasSubstr("/events, /healthz and /readyz"));
}

}  // namespace
}  // namespace holdfast::metrics
