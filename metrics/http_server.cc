#include "metrics/http_server.h"

#include <algorithm>
#include <utility>

#include "tls/connection.h"

namespace holdfast::metrics {

namespace {

// To a client that says http:// here.
constexpr std::string_view kNeedsHttps =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 39\r\n"
    "Connection: close\r\n\r\nthis port speaks HTTPS; write https://\n";

}  // namespace

HttpServer::HttpServer(net::Loop& loop, Handler& handler, HttpLimits limits,
                       std::shared_ptr<const tls::Credentials> tls)
    : loop_(loop), handler_(handler), limits_(limits), tls_(std::move(tls)), listener_(loop, *this) {}

Status HttpServer::listen(net::ListenSocket socket) {
  return listener_.listen(std::move(socket));
}

void HttpServer::close() {
  listener_.close();
  for (auto& [connection, owned] : connections_) connection->close();
}

void HttpServer::publish(std::string_view bytes) {
  // A connection that is closed here is forgotten later, in its own callback.
  for (auto& [connection, owned] : connections_) connection->publish(bytes);
}

bool HttpServer::has_listeners() const {
  return std::ranges::any_of(connections_, [](const auto& entry) { return entry.first->is_streaming(); });
}

void HttpServer::close_listeners() {
  for (auto& [connection, owned] : connections_)
    if (connection->is_streaming()) connection->close();
}

void HttpServer::connection_waiting(net::Listener& listener) {
  auto owned = std::make_unique<HttpConnection>(loop_, *this, limits_);
  HttpConnection& connection = *owned;
  const size_t others = connections_.size();
  const Status accepted = listener.accept_into(connection.stream());
  // A stream that was opened, even in vain, lives until its stream_closed().
  if (!accepted.ok() && !connection.stream().is_closing()) return;
  connections_.emplace(&connection, std::move(owned));
  if (!accepted.ok()) return;

  if (tls_ != nullptr)
    connection.stream().use_tls(loop_, tls_->current()->open(), {limits_.idle_timeout_ms, kNeedsHttps});
  if (others < limits_.max_connections) {
    connection.start();
  } else if (tls_ == nullptr && others < 2 * limits_.max_connections) {
    connection.refuse({503, "too many connections to this endpoint (" +
                                std::to_string(limits_.max_connections) + "); close some and try again\n"});
  } else {
    connection.close();
  }
}

}  // namespace holdfast::metrics
