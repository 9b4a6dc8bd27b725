// Reads HTTP/1.x requests from a byte stream, as far as the admin endpoint needs them: method, path,
// keep-alive and the few headers that change an answer. The grammar is llhttp's (Node.js's parser); this adds
// the bounds.
//
// One per connection, used by its thread only. Does no I/O. Bytes may come in any pieces, and one piece
// may hold several requests (pipelining): parse() stops behind each.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace holdfast::metrics {

struct HttpRequest {
  enum class Method { kGet, kHead, kOther };

  Method method = Method::kOther;
  std::string path;         // of the request target, without scheme, host and query; not decoded
  bool keep_alive = false;  // the peer expects to send another request on this connection
  bool has_body = false;    // a body was announced; it is not read
  // Values of these headers as they came; empty: not sent. Several of one name are joined by ", ".
  std::string accept, accept_encoding, authorization;
  // Who the peer's certificate is for; empty when it showed none. Not the parser's to know.
  std::string client_name{};
};

class HttpRequestParser {
 public:
  // Request line and headers together.
  static constexpr size_t kMaxRequestBytes = 8 * 1024;

  enum class Outcome {
    kNeedMore,   // everything was taken; no request is complete yet
    kRequest,    // request() is complete; what is left of the bytes belongs to the next one
    kTooLarge,   // more than kMaxRequestBytes
    kMalformed,  // problem() says how
  };

  HttpRequestParser();
  ~HttpRequestParser();

  // Takes what it reads off the front of `bytes`. After kTooLarge, kMalformed or a request with has_body
  // nothing that follows can be understood: answer and close, do not call again.
  Outcome parse(std::string_view& bytes);

  // After kRequest, until the next parse().
  const HttpRequest& request() const;
  // After kMalformed: "Invalid HTTP version".
  std::string_view problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::metrics
