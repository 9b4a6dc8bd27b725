#include "metrics/http_server.h"

#include <algorithm>
#include <utility>

namespace holdfast::metrics {

HttpServer::HttpServer(net::Loop& loop, Handler& handler, HttpLimits limits)
    : loop_(loop), handler_(handler), limits_(limits), listener_(loop, *this) {}

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

void HttpServer::connection_waiting(net::Listener& listener) {
  auto owned = std::make_unique<HttpConnection>(loop_, *this, limits_);
  HttpConnection& connection = *owned;
  const size_t others = connections_.size();
  const Status accepted = listener.accept_into(connection.stream());
  // A stream that was opened, even in vain, lives until its stream_closed().
  if (!accepted.ok() && !connection.stream().is_closing()) return;
  connections_.emplace(&connection, std::move(owned));
  if (!accepted.ok()) return;

  if (others < limits_.max_connections) {
    connection.start();
  } else if (others < 2 * limits_.max_connections) {
    connection.refuse({503, "too many connections to this endpoint (" +
                                std::to_string(limits_.max_connections) + "); close some and try again\n"});
  } else {
    connection.close();
  }
}

}  // namespace holdfast::metrics
