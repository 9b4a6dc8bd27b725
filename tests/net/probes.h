// Owners of streams and listeners that write down what happens to them; what to do then is up to the test.
//
// A Loop aborts the program when it is destroyed with a handle still open: each test that ends has shown
// that everything on its loop was closed.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/listener.h"
#include "net/stream.h"

namespace holdfast::net {

class StreamProbe final : public Stream::Handler, public Stream::Connector {
 public:
  Stream stream{*this};

  std::string received;
  int connected = 0;
  int ended = 0;
  int drained = 0;
  int closed = 0;
  std::optional<Error> error;  // of the last call that had one

  std::function<void()> on_connected = [] {};
  std::function<void()> on_read = [] {};
  std::function<void()> on_ended = [this] { stream.close(); };
  std::function<void()> on_drained = [] {};

  std::span<char> stream_buffer() override { return buffer_; }
  void stream_read(size_t size) override {
    received.append(buffer_.data(), size);
    on_read();
  }
  void stream_ended(const Error* problem) override {
    ++ended;
    if (problem != nullptr) error = *problem;
    on_ended();
  }
  void stream_drained() override {
    ++drained;
    on_drained();
  }
  void stream_closed() override { ++closed; }
  void stream_connected(const Error* problem) override {
    ++connected;
    if (problem != nullptr) error = *problem;
    on_connected();
  }

 private:
  std::array<char, 64 * 1024> buffer_;
};

// Listens on a free port of 127.0.0.1 (or takes a socket), accepts everything.
class AcceptProbe final : public Listener::Handler {
 public:
  explicit AcceptProbe(Loop& loop) : AcceptProbe(loop, free_socket()) {}
  AcceptProbe(Loop& loop, ListenSocket socket) : listener(loop, *this) {
    const Status listening = listener.listen(std::move(socket));
    EXPECT_TRUE(listening.ok());
  }

  Listener listener;
  std::vector<std::unique_ptr<StreamProbe>> accepted;
  std::function<void(StreamProbe&)> on_accepted = [](StreamProbe&) {};

  uint16_t port() const { return listener.endpoint().port; }
  const Endpoint& endpoint() const { return listener.endpoint(); }

  void connection_waiting(Listener& waiting) override {
    accepted.push_back(std::make_unique<StreamProbe>());
    StreamProbe& probe = *accepted.back();
    const Status accepting = waiting.accept_into(probe.stream);
    ASSERT_TRUE(accepting.ok());
    on_accepted(probe);
  }

 private:
  static ListenSocket free_socket() {
    auto sockets = ListenSocket::open({Endpoint::Kind::kTcp, "127.0.0.1", 0, ""}, 1);
    EXPECT_TRUE(sockets.ok());
    return std::move(sockets.value().front());
  }
};

}  // namespace holdfast::net
