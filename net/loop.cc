#include "net/loop.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "net/send_batch.h"

namespace holdfast::net {

Loop::Loop() {
  // A peer that is gone is an error of the write to it (EPIPE), not the end of the process; libuv leaves
  // this to the program.
  std::signal(SIGPIPE, SIG_IGN);
  // Fails only without memory or file descriptors, before anything runs: there is nothing to go on with.
  if (const int problem = uv_loop_init(&loop_); problem != 0) {
    std::fprintf(stderr, "holdfast: cannot make an event loop: %s\n", uv_strerror(problem));
    std::abort();
  }
  loop_.data = this;
}

Loop::~Loop() {
  if (uv_loop_close(&loop_) == 0) return;
  uv_walk(
      &loop_,
      [](uv_handle_t* handle, void*) {
        std::fprintf(stderr, "holdfast: a %s handle is still open on its loop\n",
                     uv_handle_type_name(uv_handle_get_type(handle)));
      },
      nullptr);
  std::abort();
}

void Loop::batch_sends(std::unique_ptr<SendBatch> batch) {
  send_batch_ = std::move(batch);
}

void Loop::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
}

}  // namespace holdfast::net
