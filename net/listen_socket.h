// A bound and listening TCP socket, as a file descriptor that a Listener adopts.
//
// Made on the main thread, where an error can be told to a person, and handed to the worker whose loop
// accepts from it. Several sockets share a port with SO_REUSEPORT: those of one process, and for a takeover
// those of two processes of the same user (shared_port.h).
#pragma once

#include <memory>
#include <vector>

#include "base/endpoint.h"
#include "base/result.h"

namespace holdfast::net {

class StandbyPlace;
class UnixSocketFile;

class ListenSocket {
 public:
  enum class Sharing {
    kAlone,  // a port that another process listens on is an error
    // Another process of this user that shares it goes on getting the connections until it leaves. That one
    // more waits for that already is an error, kUnavailable.
    kTakeover,
  };

  // `count` sockets that share one queue of connections, with a file of these permissions
  // (unix_socket_file.h).
  static Result<std::vector<ListenSocket>> open_unix(const Endpoint& endpoint, int count,
                                                     unsigned permissions);

  // `count` sockets on one address; port 0 picks a free port, the same for all of them.
  static Result<std::vector<ListenSocket>> open(const Endpoint& endpoint, int count,
                                                Sharing sharing = Sharing::kAlone);

  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  const Endpoint& endpoint() const { return endpoint_; }  // with the port that was really bound
  int fd() const { return fd_; }
  bool is_standby() const { return standby_; }  // others listened there first
  int release();                                // the caller owns the descriptor now
  // Of a unix socket; whoever listens keeps it.
  std::shared_ptr<UnixSocketFile> file() const { return file_; }
  // Of the first of the sockets of a port that others listened on first: to be kept until they have left.
  std::shared_ptr<StandbyPlace> place() const { return place_; }

 private:
  ListenSocket(int fd, Endpoint endpoint) : fd_(fd), endpoint_(std::move(endpoint)) {}

  int fd_;
  Endpoint endpoint_;
  std::shared_ptr<UnixSocketFile> file_;
  std::shared_ptr<StandbyPlace> place_;
  bool standby_ = false;
};

}  // namespace holdfast::net
