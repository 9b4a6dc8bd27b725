#include "net/wakeup.h"

#include <utility>

namespace holdfast::net {

Wakeup::Wakeup(Loop& loop, std::function<void()> callback)
    : callback_(std::move(callback)), handle_(&callback_) {
  uv_async_init(loop.raw(), handle_.get(), [](uv_async_t* handle) {
    if (handle->data == nullptr) return;
    const std::function<void()> copy = *static_cast<std::function<void()>*>(handle->data);
    copy();
  });
}

}  // namespace holdfast::net
