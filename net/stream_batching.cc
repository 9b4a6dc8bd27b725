// A Stream's side of the SendBatch of its loop.
#include "net/loop.h"
#include "net/send_batch.h"
#include "net/stream.h"
#include "net/uv_error.h"

namespace holdfast::net {

void Stream::batch_sends() {
  batches_ = Loop::of(raw()->loop).send_batch() != nullptr;
}

bool Stream::put_into_batch(const char* data, size_t size) {
  SendBatch& batch = *Loop::of(raw()->loop).send_batch();
  if (SendBatch::takes(size) && queued_bytes() == 0 && place_ != kBroken) [[likely]] {
    const uint16_t place = batch.add(*this, place_, data, size);
    if (place != SendBatch::kNoPlace) [[likely]] {
      place_ = place;
      return true;
    }
    batch.send_all();
    if (place_ != kBroken && queued_bytes() == 0) {
      place_ = batch.add(*this, kNowhere, data, size);
      return true;
    }
  } else {
    send_own_of_batch();
  }
  return place_ != kBroken && write(data, size);
}

void Stream::send_own_of_batch() {
  if (place_ != kNowhere && place_ != kBroken) Loop::of(raw()->loop).send_batch()->send_one(place_);
}

void Stream::leave_batch() {
  send_own_of_batch();
  if (place_ == kBroken) Loop::of(raw()->loop).send_batch()->forget(*this);
  place_ = kNowhere;
}

void Stream::break_off(int problem) {
  place_ = kNowhere;
  if (state_ != State::kOpen) return;
  read_stop();
  const Error error = uv_error("the connection broke", uv_translate_sys_error(problem));
  handler_.stream_ended(&error);
}

}  // namespace holdfast::net
