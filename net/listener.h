// Accepts connections from a ListenSocket on a loop. Ownership: detached_handle.h.
#pragma once

#include <memory>

#include "base/result.h"
#include "net/detached_handle.h"
#include "net/listen_socket.h"
#include "net/loop.h"

namespace holdfast::net {

class Stream;

class Listener {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // A connection waits: make a Stream and call accept_into() on it. Not doing so leaves it waiting.
    virtual void connection_waiting(Listener& listener) = 0;
  };

  // `handler` is not owned and must outlive close().
  Listener(Loop& loop, Handler& handler);

  Status listen(ListenSocket socket);
  // Takes the waiting connection. The stream must be fresh.
  Status accept_into(Stream& stream);
  // Lets other processes have the connections to come, and answers whether there are any that listen here:
  // then close() is to wait until handshakes that have begun are through. `own` is how many sockets of this
  // process listen here.
  bool hand_over(size_t own);
  // Whoever listened here first has left: the connections are ours.
  void has_taken_over() { standby_ = false; }
  // Takes no more connections; idempotent.
  void close() {
    file_.reset();  // before the socket: who finds the file finds somebody who listens
    handle_.close();
  }

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  int fd() const;

  bool standby_ = false;  // others were here first, and new connections are steered to them

  Endpoint endpoint_;
  std::shared_ptr<UnixSocketFile> file_;
  Handler& handler_;
  DetachedHandle<uv_tcp_t> handle_;
};

}  // namespace holdfast::net
