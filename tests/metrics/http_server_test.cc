// The HTTP server over real sockets, with limits small enough to be reached.
#include "metrics/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/metrics/loop_thread.h"
#include "tests/support/http_client.h"

namespace holdfast::metrics {
namespace {

using holdfast::testing::http_get;
using holdfast::testing::HttpClient;
using holdfast::testing::TcpSocket;
using ::testing::HasSubstr;

constexpr uint64_t kNever = 3'600'000;
constexpr size_t kLargeBody = 20'000'000;

// "/large" is large, every other path answers with itself.
class EchoHandler final : public HttpServer::Handler {
 public:
  HttpResponse respond(const HttpRequest& request) override {
    if (request.path == "/large") return {200, std::string(kLargeBody, 'x')};
    return {200, request.path};
  }
  std::string_view served() const override { return "everything is served here"; }
};

class HttpServerTest : public ::testing::Test {
 protected:
  void serve(HttpLimits limits = {.idle_timeout_ms = kNever, .linger_timeout_ms = kNever}) {
    server_ = std::make_unique<HttpServer>(thread_.loop(), handler_, limits);
    auto sockets = net::ListenSocket::open({Endpoint::Kind::kTcp, "127.0.0.1", 0, ""}, 1);
    ASSERT_TRUE(sockets.ok()) << sockets.error().message();
    port_ = sockets.value()[0].endpoint().port;
    const Status listening = server_->listen(std::move(sockets.value()[0]));
    ASSERT_TRUE(listening.ok()) << listening.error().message();
    thread_.start();
  }
  void TearDown() override { thread_.finish(); }

  uint16_t port_ = 0;

 private:
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
  LoopThread thread_{[this] { server_->close(); }};
};

TEST_F(HttpServerTest, AnswersAGet) {
  serve();
  const auto reply = http_get(port_, "/hello");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "/hello");
  EXPECT_EQ(reply->header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply->header("connection"), "keep-alive");
}

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  serve();
  HttpClient client(port_);
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.get("/" + std::to_string(i));
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
  }
}

TEST_F(HttpServerTest, AnswersARequestThatComesByteByByte) {
  serve();
  HttpClient client(port_);
  for (const char c : std::string("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"))
    ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body, "/slow");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  serve();
  HttpClient client(port_);
  std::string requests;
  for (int i = 0; i < 2'000; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  std::thread sender([&] { EXPECT_TRUE(client.send(requests)); });
  for (int i = 0; i < 2'000; ++i) {
    const auto reply = client.read_reply();
    ASSERT_TRUE(reply.has_value()) << i;
    ASSERT_EQ(reply->body, "/" + std::to_string(i));
  }
  sender.join();
}

TEST_F(HttpServerTest, HoldsBackPipelinedRequestsWhileAnAnswerIsOnItsWay) {
  serve();
  HttpClient client(port_);
  // More answers than anybody would want to queue: each must wait for the one before.
  std::string requests;
  for (int i = 0; i < 5; ++i) requests += "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(client.send(requests + "GET /last HTTP/1.1\r\nHost: x\r\n\r\n"));
  client.socket().finish_sending();
  for (int i = 0; i < 5; ++i) {
    const auto reply = client.read_reply();
    ASSERT_TRUE(reply.has_value()) << i;
    ASSERT_EQ(reply->body.size(), kLargeBody);
  }
  const auto last = client.read_reply();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->body, "/last");
  EXPECT_TRUE(client.closed()) << "a peer that has finished sending is let go behind its last answer";
}

TEST_F(HttpServerTest, AHeadHasTheHeadersOfAGetAndNoBody) {
  serve();
  HttpClient client(port_);
  ASSERT_TRUE(client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto head = client.read_reply(true);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-length"), "6");
  const auto next = client.read_reply();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->body, "/next");
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  serve();
  for (const char* request :
       {"GET /bye HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /bye HTTP/1.0\r\n\r\n"}) {
    HttpClient client(port_);
    ASSERT_TRUE(client.send(request));
    const auto reply = client.read_reply();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(HttpServerTest, AnotherMethodIsNotAllowedAndTheConnectionStays) {
  serve();
  HttpClient client(port_);
  ASSERT_TRUE(client.send("DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 405);
  EXPECT_EQ(reply->header("allow"), "GET, HEAD");
  EXPECT_EQ(reply->body, "only GET and HEAD are allowed; everything is served here\n");
  const auto next = client.get("/next");
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->body, "/next");
}

// Sends, reads one answer and sees the connection end.
void expect_last_reply(uint16_t port, std::string_view request, int status, const std::string& text) {
  HttpClient client(port);
  ASSERT_TRUE(client.send(request));
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply.has_value()) << "no answer to " << request.substr(0, 40);
  EXPECT_EQ(reply->status, status);
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_THAT(reply->body, HasSubstr(text));
  EXPECT_THAT(reply->body, HasSubstr("everything is served here"));
  client.socket().finish_sending();
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, WhatIsNotHttpIsABadRequest) {
  serve();
  expect_last_reply(port_, "*1\r\n$4\r\nPING\r\n", 400, "this is not an HTTP request");
}

TEST_F(HttpServerTest, ARequestThatIsTooLargeIsAnsweredBeforeItEnds) {
  serve();
  expect_last_reply(port_, "GET /" + std::string(9'000, 'x'), 431, "larger than 8192 bytes");
  expect_last_reply(port_, "GET / HTTP/1.1\r\nX: " + std::string(3'000'000, 'x') + "\r\n\r\n", 431,
                    "larger than 8192 bytes");
}

TEST_F(HttpServerTest, ABodyIsNotTaken) {
  serve();
  expect_last_reply(port_, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 413, "no body");
  expect_last_reply(
      port_, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'),
      405, "only GET and HEAD");
}

TEST_F(HttpServerTest, APeerThatWillNotCloseIsNotWaitedForForLong) {
  serve({.idle_timeout_ms = kNever, .linger_timeout_ms = 20});
  HttpClient client(port_);
  ASSERT_TRUE(client.send("nonsense\r\n"));
  ASSERT_TRUE(client.read_reply().has_value());
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AClientThatSendsNothingIsLetGo) {
  serve({.idle_timeout_ms = 20, .linger_timeout_ms = kNever});
  HttpClient silent(port_);
  EXPECT_TRUE(silent.closed());
}

TEST_F(HttpServerTest, AClientThatStopsHalfWayIsLetGo) {
  serve({.idle_timeout_ms = 20, .linger_timeout_ms = kNever});
  HttpClient client(port_);
  ASSERT_TRUE(client.send("GET / HT"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AClientThatDoesNotReadItsAnswerIsLetGo) {
  serve({.idle_timeout_ms = 100, .linger_timeout_ms = kNever});
  TcpSocket client(port_, 4096);
  ASSERT_TRUE(client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  // The time of this answer has begun, so it is over before that of a client that comes later.
  ASSERT_TRUE(client.read_some(1).has_value());
  HttpClient silent(port_);
  EXPECT_TRUE(silent.closed());
  const auto received = client.read_to_end();
  ASSERT_TRUE(received.has_value());
  EXPECT_LT(received->size(), kLargeBody);
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSoAndThenNotEvenThat) {
  serve({.max_connections = 4, .idle_timeout_ms = kNever, .linger_timeout_ms = kNever});
  std::vector<std::unique_ptr<HttpClient>> served;
  for (int i = 0; i < 4; ++i) {
    served.push_back(std::make_unique<HttpClient>(port_));
    ASSERT_TRUE(served.back()->get("/x").has_value());
  }
  std::vector<std::unique_ptr<HttpClient>> refused;
  for (int i = 0; i < 4; ++i) {
    refused.push_back(std::make_unique<HttpClient>(port_));
    const auto reply = refused.back()->read_reply();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->status, 503);
    EXPECT_THAT(reply->body, HasSubstr("too many connections"));
  }
  HttpClient one_too_many(port_);
  EXPECT_TRUE(one_too_many.closed());

  // Those who are served stay so, and a place that becomes free is given again.
  EXPECT_TRUE(served[0]->get("/still").has_value());
  for (auto& client : refused) {
    client->socket().finish_sending();
    EXPECT_TRUE(client->closed());
  }
  served[3]->socket().finish_sending();
  EXPECT_TRUE(served[3]->closed());
  EXPECT_EQ(http_get(port_, "/again")->body, "/again");
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  serve();
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto reply = http_get(port_, "/x");
        if (reply.has_value() && reply->status == 200) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 16 * 20);
}

TEST_F(HttpServerTest, AClientThatIsGoneInTheMiddleHarmsNobody) {
  serve();
  for (int i = 0; i < 20; ++i) {
    TcpSocket client(port_, 4096);
    ASSERT_TRUE(client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /large HTTP/1.1\r\n\r\n"));
    ASSERT_TRUE(client.read_some(1).has_value());
    client.reset();
  }
  EXPECT_TRUE(http_get(port_, "/x").has_value());
}

TEST_F(HttpServerTest, CloseEndsEveryConnection) {
  serve();
  HttpClient idle(port_);
  ASSERT_TRUE(idle.get("/x").has_value());
  TcpSocket busy(port_, 4096);
  ASSERT_TRUE(busy.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(busy.read_some(1).has_value());
  TearDown();  // returns only when the loop has ended
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace holdfast::metrics
