#include "net/turn_end.h"

namespace holdfast::net {

// uv_check_t runs right after the poll for I/O (libuv's design overview, "The I/O loop").
TurnEnd::TurnEnd(Loop& loop, Handler& handler) : handle_(&handler) {
  uv_check_init(loop.raw(), handle_.get());
  uv_check_start(handle_.get(), [](uv_check_t* handle) {
    if (handle->data != nullptr) static_cast<Handler*>(handle->data)->turn_ended();
  });
}

}  // namespace holdfast::net
