#include "metrics/http_connection.h"

#include <utility>

namespace holdfast::metrics {

HttpConnection::HttpConnection(net::Loop& loop, Owner& owner, const HttpLimits& limits)
    : owner_(owner), limits_(limits), stream_(*this), deadline_(loop, [this] { close(); }) {}

void HttpConnection::start() {
  deadline_.start_once(limits_.idle_timeout_ms);
  stream_.read_start();
}

void HttpConnection::refuse(const HttpResponse& response) {
  unread_input_ = true;
  state_ = State::kFinishing;
  send(response, {.keep_alive = false});
  finish();
}

void HttpConnection::close() {
  deadline_.close();
  stream_.close();
}

void HttpConnection::stream_read(size_t size) {
  if (state_ == State::kServing) process({owner_.read_buffer().data(), size});
}

void HttpConnection::process(std::string_view bytes) {
  while (state_ == State::kServing && !bytes.empty()) {
    if (stream_.queued_bytes() > 0) {
      waiting_input_ = bytes;
      stream_.read_stop();
      return;
    }
    switch (parser_.parse(bytes)) {
      case HttpRequestParser::Outcome::kNeedMore:
        break;
      case HttpRequestParser::Outcome::kRequest:
        answer(parser_.request());
        break;
      case HttpRequestParser::Outcome::kTooLarge:
        give_up(431, "the request is larger than " + std::to_string(HttpRequestParser::kMaxRequestBytes) +
                         " bytes");
        break;
      case HttpRequestParser::Outcome::kMalformed:
        give_up(400, "this is not an HTTP request (" + std::string(parser_.problem()) + ")");
        break;
    }
  }
  if (state_ == State::kServing && peer_finished_) state_ = State::kFinishing;
  if (state_ == State::kFinishing) finish();
}

void HttpConnection::answer(const HttpRequest& request) {
  if (request.method == HttpRequest::Method::kOther) {
    const HttpResponse response{405, "only GET and HEAD are allowed; " + std::string(owner_.served()) + "\n"};
    if (request.has_body || !request.keep_alive) state_ = State::kFinishing;
    unread_input_ = request.has_body;
    send(response, {.keep_alive = state_ == State::kServing});
    return;
  }
  if (request.has_body) {
    give_up(413, "a request here has no body");
    return;
  }
  if (!request.keep_alive) state_ = State::kFinishing;
  send(owner_.respond(request),
       {.keep_alive = request.keep_alive, .with_body = request.method == HttpRequest::Method::kGet});
}

void HttpConnection::send(const HttpResponse& response, ResponseForm form) {
  deadline_.start_once(limits_.idle_timeout_ms);
  if (!stream_.send(to_bytes(response, form))) close();
}

void HttpConnection::give_up(int status, const std::string& what) {
  state_ = State::kFinishing;
  unread_input_ = true;
  send({status, what + "; " + std::string(owner_.served()) + "\n"}, {.keep_alive = false});
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
  if (error != nullptr || state_ == State::kLingering || stream_.queued_bytes() == 0) close();
}

void HttpConnection::stream_closed() {
  owner_.connection_closed(*this);
}

}  // namespace holdfast::metrics
