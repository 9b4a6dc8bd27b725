// An event loop: one thread runs it, and everything made on it belongs to that thread.
//
// Owned by whoever runs the thread (proxy::Worker, metrics::AdminServer). Before the Loop is destroyed
// every handle on it must be closed and run() must have returned, so that each close callback has been
// called; the destructor checks that and names the kind of a handle that is still open.
//
// The first Loop makes the process ignore SIGPIPE.
#pragma once

#include <uv.h>

#include <cstdint>

namespace holdfast::net {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until no handle is left. There is no stop(): whoever wants the loop to end closes the handles.
  void run();

  uv_loop_t* raw() { return &loop_; }

 private:
  uv_loop_t loop_;
};

}  // namespace holdfast::net
