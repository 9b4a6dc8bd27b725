// Whether a connection that a packet filter has redirected to a transparent listener may be served: only for
// the upstream that it meant to reach. One worker's thread.
#pragma once

#include <cstdint>
#include <string>

#include "net/stream.h"

namespace holdfast::proxy {

class Environment;

class TransparentEntry {
 public:
  // Empty when the connection may be served; else the whole error reply, and the reason is logged, at most
  // once in ten seconds.
  std::string refusal(const net::Stream& stream, Environment& environment, uint64_t now_ns);

 private:
  uint64_t logged_ns_ = 0;
  uint64_t not_logged_ = 0;
};

}  // namespace holdfast::proxy
