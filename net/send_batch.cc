#include "net/send_batch.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "net/stream.h"

namespace holdfast::net {
namespace {

int send_alone(const SendRing::Send& send) {
  const ssize_t sent = ::send(send.fd, send.data, send.size, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? -errno : static_cast<int>(sent);
}

}  // namespace

SendBatch::SendBatch(std::unique_ptr<SendRing> ring)
    : ring_(std::move(ring)), bytes_(std::make_unique<char[]>(kBytesMax)) {}

SendBatch::~SendBatch() = default;

uint16_t SendBatch::add(Stream& stream, uint16_t place, const char* data, size_t size) {
  if (used_ + size > kBytesMax) [[unlikely]]
    return kNoPlace;
  if (place != kNoPlace) {
    if (place + 1U != size_) return kNoPlace;
    sends_[place].size += static_cast<uint32_t>(size);
  } else {
    if (size_ == SendRing::kSendsMax) [[unlikely]]
      return kNoPlace;
    place = static_cast<uint16_t>(size_++);
    streams_[place] = &stream;
    sends_[place] = {stream.descriptor(), &bytes_[used_], static_cast<uint32_t>(size), 0};
  }
  std::memcpy(&bytes_[used_], data, size);
  used_ += size;
  return place;
}

void SendBatch::send_all() {
  const std::span<SendRing::Send> sends(sends_.data(), size_);
  if (ring_ != nullptr && size_ > 1) {
    if (!ring_->send(sends).ok()) [[unlikely]]
      ring_.reset();
  } else {
    for (SendRing::Send& send : sends) send.result = send_alone(send);
  }
  for (size_t i = 0; i < size_; ++i) {
    if (streams_[i] == nullptr) continue;
    if (sends_[i].result == static_cast<int>(sends_[i].size)) [[likely]]
      streams_[i]->left_batch();
    else
      settle(*streams_[i], sends_[i]);
  }
  size_ = 0;
  used_ = 0;
}

void SendBatch::send_one(uint16_t place) {
  Stream& stream = *std::exchange(streams_[place], nullptr);
  SendRing::Send& send = sends_[place];
  send.result = send_alone(send);
  settle(stream, send);
  send = {-1, send.data, 0, 0};
}

void SendBatch::settle(Stream& stream, const SendRing::Send& send) {
  const bool is_broken =
      send.result < 0 && send.result != -EAGAIN && send.result != -EINTR && send.result != -ENOBUFS;
  if (is_broken) broken_.emplace_back(&stream, -send.result);
  const auto sent = static_cast<size_t>(std::max(send.result, 0));
  stream.left_batch();
  if (is_broken)
    stream.place_ = Stream::kBroken;
  else if (sent < send.size)
    stream.enqueue(send.data + sent, send.size - sent);
}

void SendBatch::flush() {
  // Handlers may send to others. It ends: each round has one stream less.
  while (size_ > 0 || !broken_.empty()) {
    if (size_ > 0) send_all();
    if (broken_.empty()) break;
    const auto [stream, problem] = broken_.back();
    broken_.pop_back();
    stream->break_off(problem);
  }
}

void SendBatch::forget(const Stream& stream) {
  std::erase_if(broken_, [&](const auto& broken) { return broken.first == &stream; });
}

}  // namespace holdfast::net
