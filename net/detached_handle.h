// The ownership pattern of small handles (timers, wake-ups, turn ends, signals): the uv handle lives on
// the heap and outlives its owner until libuv's close callback, which frees it and nothing else. So the
// owner is a plain member that can die at any time on the loop's thread.
//
// Not for streams: they have their own pattern (stream.h).
#pragma once

#include <uv.h>

namespace holdfast::net {

template <typename UvHandle>
class DetachedHandle {
 public:
  // `owner` comes back from owner_of() in callbacks; after close no callback is called.
  explicit DetachedHandle(void* owner) : handle_(new UvHandle) { handle_->data = owner; }
  ~DetachedHandle() { close(); }
  DetachedHandle(const DetachedHandle&) = delete;
  DetachedHandle& operator=(const DetachedHandle&) = delete;

  UvHandle* get() { return handle_; }
  const UvHandle* get() const { return handle_; }
  bool is_open() const { return handle_ != nullptr; }

  void close() {
    if (handle_ == nullptr) return;
    handle_->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle_),
             [](uv_handle_t* handle) { delete reinterpret_cast<UvHandle*>(handle); });
    handle_ = nullptr;
  }

 private:
  UvHandle* handle_;
};

}  // namespace holdfast::net
