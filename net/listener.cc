#include "net/listener.h"

#include "net/stream.h"
#include "net/uv_error.h"

namespace holdfast::net {

Listener::Listener(Loop& loop, Handler& handler) : handler_(handler), handle_(this) {
  uv_tcp_init(loop.raw(), handle_.get());
}

Status Listener::listen(ListenSocket socket) {
  endpoint_ = socket.endpoint();
  file_ = socket.file();
  // uv_tcp_open takes any stream socket, and so does uv_accept: a unix socket needs no handle of its own.
  if (const int problem = uv_tcp_open(handle_.get(), socket.release()); problem != 0)
    return uv_error("cannot listen on " + endpoint_.to_string(), problem);
  const int problem =
      uv_listen(reinterpret_cast<uv_stream_t*>(handle_.get()), 1024, [](uv_stream_t* server, int status) {
        auto* self = static_cast<Listener*>(server->data);
        if (self != nullptr && status == 0) self->handler_.connection_waiting(*self);
      });
  if (problem != 0) return uv_error("cannot listen on " + endpoint_.to_string(), problem);
  return {};
}

Status Listener::accept_into(Stream& stream) {
  return stream.accept_from(reinterpret_cast<uv_stream_t*>(handle_.get()));
}

}  // namespace holdfast::net
