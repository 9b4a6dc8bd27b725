#include "net/signal.h"

#include <utility>

namespace holdfast::net {

Signal::Signal(Loop& loop, int signal_number, std::function<void()> callback)
    : callback_(std::move(callback)), handle_(&callback_) {
  uv_signal_init(loop.raw(), handle_.get());
  uv_signal_start(
      handle_.get(),
      [](uv_signal_t* handle, int) {
        if (handle->data == nullptr) return;
        const std::function<void()> copy = *static_cast<std::function<void()>*>(handle->data);
        copy();
      },
      signal_number);
}

}  // namespace holdfast::net
