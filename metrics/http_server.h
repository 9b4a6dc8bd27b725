// A small HTTP/1.1 server on a loop: GET and HEAD, keep-alive, pipelining, bounded in every direction.
//
// Owned by whoever serves with it (AdminServer). Everything runs on the loop's thread. Over
// HttpLimits::max_connections a connection is answered 503 and closed; over twice as many it is closed
// without an answer.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "metrics/http_connection.h"
#include "net/listener.h"
#include "tls/credentials.h"

namespace holdfast::metrics {

class HttpServer final : public net::Listener::Handler, public HttpConnection::Owner {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual HttpResponse respond(const HttpRequest& request) = 0;
    // One clause that says what is served, for the texts of errors.
    virtual std::string_view served() const = 0;
  };

  // `handler` is not owned and must outlive the server. With `tls` it speaks HTTPS and nothing else.
  HttpServer(net::Loop& loop, Handler& handler, HttpLimits limits,
             std::shared_ptr<const tls::Credentials> tls = nullptr);

  Status listen(net::ListenSocket socket);
  // To everybody who listens to events.
  void publish(std::string_view bytes);
  bool has_listeners() const;
  // Whoever listens has to ask again.
  void close_listeners();
  // Ends the listener and every connection, at once; the server may be destroyed when the loop has ended.
  void close();

 private:
  void connection_waiting(net::Listener& listener) override;

  std::span<char> read_buffer() override { return read_buffer_; }
  HttpResponse respond(const HttpRequest& request) override { return handler_.respond(request); }
  std::string_view served() const override { return handler_.served(); }
  void connection_closed(HttpConnection& connection) override { connections_.erase(&connection); }

  net::Loop& loop_;
  Handler& handler_;
  const HttpLimits limits_;
  const std::shared_ptr<const tls::Credentials> tls_;
  net::Listener listener_;
  std::unordered_map<HttpConnection*, std::unique_ptr<HttpConnection>> connections_;
  std::array<char, 16 * 1024> read_buffer_;
};

}  // namespace holdfast::metrics
