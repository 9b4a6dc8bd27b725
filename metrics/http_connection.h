// One HTTP connection: reads requests, one at a time and in order, and writes their answers.
//
// Owned by HttpServer until connection_closed(). Everything runs on the loop's thread. Bounded: a request
// by its parser, what waits to be written by one answer (no further request is looked at before it has
// left), the time by HttpLimits.
#pragma once

#include <span>
#include <string>

#include "metrics/http_request_parser.h"
#include "metrics/http_response.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer.h"

namespace holdfast::metrics {

struct HttpLimits {
  size_t max_connections = 64;
  // For a whole request to arrive, and for an answer to leave. Not renewed by single bytes, so that a
  // client that trickles does not keep its place.
  uint64_t idle_timeout_ms = 30'000;
  // For a peer to close after an answer that did not wait for all of its bytes; what it still sends is
  // read and dropped, since closing over unread bytes would reset the connection and lose the answer.
  uint64_t linger_timeout_ms = 1'000;
};

class HttpConnection final : public net::Stream::Handler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Shared by all connections of the loop.
    virtual std::span<char> read_buffer() = 0;
    virtual HttpResponse respond(const HttpRequest& request) = 0;
    // What is served here; ends the texts of errors.
    virtual std::string_view served() const = 0;
    // The last call; the connection may be destroyed in it.
    virtual void connection_closed(HttpConnection& connection) = 0;
  };

  HttpConnection(net::Loop& loop, Owner& owner, const HttpLimits& limits);

  // For Listener::accept_into(); then one of start() and refuse().
  net::Stream& stream() { return stream_; }
  void start();
  // Answers without waiting for a request, and closes.
  void refuse(const HttpResponse& response);
  void close();
  // Sends to a peer that listens to events; one that does not read them is disconnected.
  void publish(std::string_view bytes);
  bool is_streaming() const { return state_ == State::kStreaming; }

  std::span<char> stream_buffer() override { return owner_.read_buffer(); }
  void stream_read(size_t size) override;
  void stream_ended(const Error* error) override;
  void stream_drained() override;
  void stream_closed() override;

 private:
  enum class State {
    kServing,
    kStreaming,  // an event stream: what is published, until somebody closes
    kFinishing,  // the last answer is on its way; then linger or close
    kLingering,  // everything has left; reading only to drop
  };

  void process(std::string_view bytes);
  void answer(const HttpRequest& request);
  void respond(const HttpResponse& response, ResponseForm form);
  void send(const HttpResponse& response, ResponseForm form);
  HttpResponse error(int status, const std::string& what) const;
  // Answers, and reads no further.
  void give_up(const HttpResponse& response);
  void finish();

  Owner& owner_;
  const HttpLimits& limits_;
  net::Stream stream_;
  net::Timer deadline_;
  HttpRequestParser parser_;
  State state_ = State::kServing;
  bool peer_finished_ = false;  // nothing more will come
  bool unread_input_ = false;   // the peer may be in the middle of sending what nobody will read
  std::string waiting_input_;   // pipelined requests behind an answer that has not left; one read at most
};

}  // namespace holdfast::metrics
