#include "net/timer.h"

#include <utility>

namespace holdfast::net {
namespace {

void on_timer(uv_timer_t* handle);

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> callback)
    : callback_(std::move(callback)), handle_(&callback_) {
  uv_timer_init(loop.raw(), handle_.get());
}

void Timer::start_once(uint64_t delay_ms) {
  if (handle_.is_open()) uv_timer_start(handle_.get(), on_timer, delay_ms, 0);
}

void Timer::start_repeating(uint64_t every_ms) {
  if (handle_.is_open()) uv_timer_start(handle_.get(), on_timer, every_ms, every_ms);
}

void Timer::stop() {
  if (handle_.is_open()) uv_timer_stop(handle_.get());
}

bool Timer::is_active() {
  return handle_.is_open() && uv_is_active(reinterpret_cast<uv_handle_t*>(handle_.get())) != 0;
}

namespace {

void on_timer(uv_timer_t* handle) {
  // A copy, since the callback may destroy the Timer and with it the function.
  if (handle->data == nullptr) return;
  const std::function<void()> callback = *static_cast<std::function<void()>*>(handle->data);
  callback();
}

}  // namespace
}  // namespace holdfast::net
