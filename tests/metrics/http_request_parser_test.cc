#include "metrics/http_request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace holdfast::metrics {
namespace {

using Outcome = HttpRequestParser::Outcome;
using Method = HttpRequest::Method;

// What came out of one input: the requests, and how it ended.
struct Parsed {
  std::vector<HttpRequest> requests;
  Outcome end = Outcome::kNeedMore;
  std::string problem;
};

// Feeds pieces of `step` bytes, each in a heap block of its own so that a read beyond it is noticed.
Parsed parse_in_steps(std::string_view input, size_t step) {
  HttpRequestParser parser;
  Parsed parsed;
  for (size_t at = 0; at < input.size(); at += step) {
    const std::vector<char> piece(
        input.begin() + static_cast<std::ptrdiff_t>(at),
        input.begin() + static_cast<std::ptrdiff_t>(std::min(at + step, input.size())));
    std::string_view bytes(piece.data(), piece.size());
    while (!bytes.empty()) {
      parsed.end = parser.parse(bytes);
      if (parsed.end == Outcome::kNeedMore) {
        EXPECT_TRUE(bytes.empty());
        break;
      }
      if (parsed.end == Outcome::kMalformed) parsed.problem = parser.problem();
      if (parsed.end != Outcome::kRequest) return parsed;
      parsed.requests.push_back(parser.request());
      if (parser.request().has_body) return parsed;
    }
  }
  return parsed;
}

// The result does not depend on how the bytes come.
Parsed parse(std::string_view input) {
  const Parsed whole = parse_in_steps(input, input.size());
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{1000}}) {
    const Parsed stepped = parse_in_steps(input, step);
    EXPECT_EQ(stepped.end, whole.end) << "in steps of " << step;
    EXPECT_EQ(stepped.requests.size(), whole.requests.size()) << "in steps of " << step;
    for (size_t i = 0; i < std::min(stepped.requests.size(), whole.requests.size()); ++i) {
      EXPECT_EQ(stepped.requests[i].path, whole.requests[i].path);
      EXPECT_EQ(stepped.requests[i].method, whole.requests[i].method);
      EXPECT_EQ(stepped.requests[i].keep_alive, whole.requests[i].keep_alive);
      EXPECT_EQ(stepped.requests[i].has_body, whole.requests[i].has_body);
    }
  }
  return whole;
}

HttpRequest parse_one(std::string_view input) {
  const Parsed parsed = parse(input);
  EXPECT_EQ(parsed.end, Outcome::kRequest) << parsed.problem;
  EXPECT_EQ(parsed.requests.size(), 1u);
  return parsed.requests.empty() ? HttpRequest{} : parsed.requests[0];
}

TEST(HttpRequestParser, ReadsAGet) {
  const HttpRequest request =
      parse_one("GET /metrics HTTP/1.1\r\nHost: localhost:9121\r\nAccept: */*\r\n\r\n");
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.path, "/metrics");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(request.has_body);
}

TEST(HttpRequestParser, ReadsAHead) {
  EXPECT_EQ(parse_one("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n").method, Method::kHead);
}

TEST(HttpRequestParser, TakesThePathOutOfTheTarget) {
  const struct {
    const char* target;
    const char* path;
  } kCases[] = {
      {"/", "/"},
      {"/metrics?name=a&name=b", "/metrics"},
      {"/readyz?", "/readyz"},
      {"http://localhost:9121/metrics", "/metrics"},
      {"http://localhost:9121/metrics?x=http://y/z", "/metrics"},
      {"http://localhost", "/"},
      {"/a?next=http://b/c", "/a"},
      {"/%6Detrics", "/%6Detrics"},
  };
  for (const auto& test : kCases) {
    const std::string input = "GET " + std::string(test.target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_EQ(parse_one(input).path, test.path) << test.target;
  }
}

TEST(HttpRequestParser, KnowsWhetherTheConnectionStays) {
  EXPECT_TRUE(parse_one("GET / HTTP/1.1\r\nHost: x\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse_one("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse_one("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse_one("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST(HttpRequestParser, SeparatesPipelinedRequests) {
  const Parsed parsed = parse(
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: "
      "x\r\n\r\n"
      "GET /not/complete HTTP/1.1\r\n");
  EXPECT_EQ(parsed.end, Outcome::kNeedMore);
  ASSERT_EQ(parsed.requests.size(), 3u);
  EXPECT_EQ(parsed.requests[0].path, "/a");
  EXPECT_EQ(parsed.requests[1].path, "/b");
  EXPECT_EQ(parsed.requests[1].method, Method::kHead);
  EXPECT_EQ(parsed.requests[2].path, "/c");
}

TEST(HttpRequestParser, LeavesTheNextRequestInTheBytes) {
  HttpRequestParser parser;
  std::string_view bytes = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
  ASSERT_EQ(parser.parse(bytes), Outcome::kRequest);
  EXPECT_EQ(bytes, "GET /b HTTP/1.1\r\n\r\n");
}

TEST(HttpRequestParser, IgnoresAnOfferToUpgrade) {
  const Parsed parsed = parse(
      "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABk\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(parsed.requests.size(), 2u);
  EXPECT_EQ(parsed.requests[1].path, "/b");
}

TEST(HttpRequestParser, NamesOtherMethodsOther) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH"}) {
    const std::string target = method == std::string("CONNECT") ? "x:80" : "/metrics";
    const HttpRequest request = parse_one(method + (" " + target) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(request.method, Method::kOther) << method;
  }
}

TEST(HttpRequestParser, StopsBeforeABody) {
  for (const char* header :
       {"Content-Length: 3", "Content-Length: 9999999999", "Transfer-Encoding: chunked"}) {
    const HttpRequest request =
        parse_one("POST /metrics HTTP/1.1\r\nHost: x\r\n" + std::string(header) + "\r\n\r\nabc");
    EXPECT_TRUE(request.has_body) << header;
    EXPECT_FALSE(request.keep_alive) << header;
  }
}

TEST(HttpRequestParser, AnEmptyBodyIsNone) {
  EXPECT_FALSE(parse_one("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").has_body);
}

std::string request_of_size(size_t size) {
  std::string request = "GET /metrics HTTP/1.1\r\nX-Padding: ";
  request.append(size - request.size() - 4, 'x');
  return request + "\r\n\r\n";
}

TEST(HttpRequestParser, TakesTheLargestRequestAndNoLargerOne) {
  EXPECT_EQ(parse(request_of_size(HttpRequestParser::kMaxRequestBytes)).end, Outcome::kRequest);
  EXPECT_EQ(parse(request_of_size(HttpRequestParser::kMaxRequestBytes + 1)).end, Outcome::kTooLarge);
  EXPECT_EQ(parse("GET /" + std::string(100'000, 'x')).end, Outcome::kTooLarge);
}

TEST(HttpRequestParser, CountsEachRequestByItself) {
  const std::string large = request_of_size(HttpRequestParser::kMaxRequestBytes);
  EXPECT_EQ(parse(large + large + large).requests.size(), 3u);
}

TEST(HttpRequestParser, SaysWhatIsMalformed) {
  const char* const kCases[] = {
      "*1\r\n$4\r\nPING\r\n",
      "hello\r\n",
      "GET /metrics HTTP/9.7\r\n\r\n",
      "GET /metrics SMTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon here\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };
  for (const char* input : kCases) {
    const Parsed parsed = parse(input);
    EXPECT_EQ(parsed.end, Outcome::kMalformed) << input;
    EXPECT_NE(parsed.problem, "") << input;
  }
}

}  // namespace
}  // namespace holdfast::metrics
