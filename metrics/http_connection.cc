#include "metrics/http_connection.h"

#include <utility>

namespace holdfast::metrics {
namespace {

constexpr size_t kUnreadEventsMax = 1 << 20;

}  // namespace

HttpConnection::HttpConnection(net::Loop& loop, Owner& owner, const HttpLimits& limits)
    : owner_(owner), limits_(limits), stream_(*this), deadline_(loop, [this] { close(); }) {}

void HttpConnection::start() {
  deadline_.start_once(limits_.idle_timeout_ms);
  stream_.read_start();
}

void HttpConnection::refuse(const HttpResponse& response) {
  give_up(response);
  finish();
}

void HttpConnection::close() {
  deadline_.close();
  stream_.close();
}

void HttpConnection::publish(std::string_view bytes) {
  if (state_ != State::kStreaming || !stream_.is_open()) return;
  if (!stream_.send(bytes) || stream_.queued_bytes() > kUnreadEventsMax) close();
}

void HttpConnection::stream_read(size_t size) {
  if (state_ == State::kServing) process({owner_.read_buffer().data(), size});
}

void HttpConnection::process(std::string_view bytes) {
  while (state_ == State::kServing && stream_.is_open() && !bytes.empty()) {
    if (stream_.queued_bytes() > 0) {
      waiting_input_ = bytes;
      stream_.read_stop();
      return;
    }
    switch (parser_.parse(bytes)) {
      case HttpRequestParser::Outcome::kNeedMore:
        break;
      case HttpRequestParser::Outcome::kRequest: {
        HttpRequest request = parser_.request();
        request.client_name = stream_.tls_peer_name();
        answer(request);
        break;
      }
      case HttpRequestParser::Outcome::kTooLarge:
        give_up(error(431, "the request is larger than " +
                               std::to_string(HttpRequestParser::kMaxRequestBytes) + " bytes"));
        break;
      case HttpRequestParser::Outcome::kMalformed:
        give_up(error(400, "this is not an HTTP request (" + std::string(parser_.problem()) + ")"));
        break;
    }
  }
  if (state_ == State::kServing && peer_finished_) state_ = State::kFinishing;
  if (state_ == State::kFinishing) finish();
}

void HttpConnection::answer(const HttpRequest& request) {
  // Nobody will read the body, so nothing behind it can be understood either.
  unread_input_ = request.has_body;
  if (!request.keep_alive) state_ = State::kFinishing;
  const ResponseForm form{.keep_alive = request.keep_alive,
                          .with_body = request.method != HttpRequest::Method::kHead};
  if (request.method == HttpRequest::Method::kOther)
    send(error(405, "only GET and HEAD are allowed"), form);
  else if (request.has_body)
    send(error(413, "a request here has no body"), form);
  else
    respond(owner_.respond(request), form);
}

void HttpConnection::respond(const HttpResponse& response, ResponseForm form) {
  if (!response.is_event_stream || !form.with_body) {
    send(response, form);
    return;
  }
  // Its end is the end of the connection.
  send(response, {.keep_alive = false});
  state_ = State::kStreaming;
  deadline_.stop();
}

void HttpConnection::send(const HttpResponse& response, ResponseForm form) {
  deadline_.start_once(limits_.idle_timeout_ms);
  if (!stream_.send(to_bytes(response, form))) close();
}

HttpResponse HttpConnection::error(int status, const std::string& what) const {
  return {status, what + "; " + std::string(owner_.served()) + "\n"};
}

void HttpConnection::give_up(const HttpResponse& response) {
  state_ = State::kFinishing;
  unread_input_ = true;
  send(response, {.keep_alive = false});
}

void HttpConnection::finish() {
  if (stream_.queued_bytes() > 0) return;  // stream_drained() comes back here
  if (peer_finished_ || !unread_input_) {
    close();
    return;
  }
  state_ = State::kLingering;
  if (!stream_.is_open()) return;
  deadline_.start_once(limits_.linger_timeout_ms);
  stream_.read_start();
}

void HttpConnection::stream_drained() {
  if (state_ == State::kFinishing) {
    finish();
    return;
  }
  if (state_ != State::kServing) return;
  deadline_.start_once(limits_.idle_timeout_ms);
  const std::string input = std::exchange(waiting_input_, {});
  process(input);
  if (state_ == State::kServing && waiting_input_.empty() && !peer_finished_) stream_.read_start();
}

void HttpConnection::stream_ended(const Error* error) {
  // A peer that has only finished sending (a half-close) still gets what it asked for.
  peer_finished_ = true;
  if (error != nullptr || state_ == State::kLingering || state_ == State::kStreaming ||
      stream_.queued_bytes() == 0)
    close();
}

void HttpConnection::stream_closed() {
  owner_.connection_closed(*this);
}

}  // namespace holdfast::metrics
