// An event loop: one thread runs it, and everything made on it belongs to that thread.
//
// Owned by whoever runs the thread (proxy::Worker, metrics::AdminServer). Before the Loop is destroyed
// every handle on it must be closed and run() must have returned, so that each close callback has been
// called; the destructor checks that and names the kind of a handle that is still open.
//
// The first Loop makes the process ignore SIGPIPE.
#pragma once

#include <uv.h>

#include <memory>

namespace holdfast::net {

class SendBatch;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until no handle is left. There is no stop(): whoever wants the loop to end closes the handles.
  void run();

  // Where streams of this loop may put their small sends (Stream::batch_sends); the caller flushes it at the
  // end of each turn. To be set before there is any stream. Null, as from the start: they send at once.
  void batch_sends(std::unique_ptr<SendBatch> batch);
  SendBatch* send_batch() { return send_batch_.get(); }

  uv_loop_t* raw() { return &loop_; }
  static Loop& of(uv_loop_t* loop) { return *static_cast<Loop*>(loop->data); }

 private:
  uv_loop_t loop_;
  std::unique_ptr<SendBatch> send_batch_;
};

}  // namespace holdfast::net
