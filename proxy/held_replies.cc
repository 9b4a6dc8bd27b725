#include "proxy/held_replies.h"

namespace holdfast::proxy {

bool HeldReplies::goes_on(const Released& last, const Asked& asked) {
  return last.asked.arrived_ns == asked.arrived_ns && last.asked.flush == asked.flush &&
         (asked.flush == 0 || last.asked.place + last.replies == asked.place);
}

void HeldReplies::append(uint64_t barrier, std::string_view bytes, uint32_t replies, const Asked& asked,
                         uint64_t now_ns, bool read, uint64_t written_ns) {
  bytes_.append(bytes);
  if (first_ < segments_.size() && segments_.back().barrier == barrier &&
      segments_.back().gated == (barrier != 0) && segments_.back().read == read &&
      (barrier == 0 || goes_on(segments_.back().released, asked))) {
    segments_.back().bytes += bytes.size();
    segments_.back().released.replies += replies;
    return;
  }
  segments_.push_back({barrier, bytes.size(), {asked, written_ns, now_ns, replies}, barrier != 0, read});
}

uint32_t HeldReplies::settle(uint64_t barrier, bool durable, std::string_view error,
                             std::string_view read_error) {
  uint32_t replies = 0;
  size_t at = begin_;
  for (size_t i = first_; i < segments_.size(); ++i) {
    Segment& segment = segments_[i];
    if (segment.barrier == barrier) {
      segment.barrier = 0;
      replies += segment.released.replies;
      if (!durable) {
        std::string errors;
        for (uint32_t n = 0; n < segment.released.replies; ++n)
          errors.append(segment.read ? read_error : error);
        bytes_.replace(at, segment.bytes, errors);
        segment.bytes = errors.size();
      }
    }
    at += segment.bytes;
  }
  return replies;
}

std::string_view HeldReplies::ready() const {
  size_t size = 0;
  for (size_t i = first_; i < segments_.size() && segments_[i].barrier == 0; ++i) size += segments_[i].bytes;
  return std::string_view(bytes_).substr(begin_, size);
}

uint32_t HeldReplies::gated_replies() const {
  uint32_t replies = 0;
  for (size_t i = first_; i < segments_.size(); ++i)
    replies += segments_[i].gated ? segments_[i].released.replies : 0;
  return replies;
}

// Moves only when at least as much has left as stays, so that each byte is moved about once.
void HeldReplies::compact() {
  if (begin_ >= bytes_.size() - begin_) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  if (first_ >= segments_.size() - first_) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void HeldReplies::drop_ready() {
  while (first_ < segments_.size() && segments_[first_].barrier == 0) begin_ += segments_[first_++].bytes;
  if (empty())
    clear();
  else
    compact();
}

void HeldReplies::clear() {
  bytes_.clear();
  segments_.clear();
  begin_ = 0;
  first_ = 0;
}

}  // namespace holdfast::proxy
