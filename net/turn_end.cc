#include "net/turn_end.h"

namespace holdfast::net {

// libuv's design overview, "The I/O loop": timers, prepare handles, poll for I/O, check handles, close
// callbacks.
TurnEnd::TurnEnd(Loop& loop, Handler& handler) : after_poll_(&handler), before_poll_(&handler) {
  uv_check_init(loop.raw(), after_poll_.get());
  uv_check_start(after_poll_.get(), [](uv_check_t* handle) {
    if (handle->data != nullptr) static_cast<Handler*>(handle->data)->turn_ended();
  });
  uv_prepare_init(loop.raw(), before_poll_.get());
  uv_prepare_start(before_poll_.get(), [](uv_prepare_t* handle) {
    if (handle->data != nullptr) static_cast<Handler*>(handle->data)->turn_ended();
  });
}

}  // namespace holdfast::net
