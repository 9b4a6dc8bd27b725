#include "journal/base_receiver.h"

#include <algorithm>
#include <charconv>

namespace holdfast::journal {

Result<BaseReceiver> BaseReceiver::create(std::string_view announcement, Sink sink) {
  BaseReceiver receiver(std::move(sink));
  if (announcement.starts_with("$EOF:") && announcement.size() == 5 + kMarkerBytes) {
    receiver.marker_ = announcement.substr(5);
    return receiver;
  }
  const char* from = announcement.data() + 1;
  const char* to = announcement.data() + announcement.size();
  if (announcement.size() > 1 && announcement[0] == '$') {
    const auto [end, problem] = std::from_chars(from, to, receiver.left_);
    // No RDB is empty: it has at least its magic and its end.
    if (problem == std::errc() && end == to && receiver.left_ > 0) return receiver;
  }
  return Error(ErrorCode::kProtocol, "the upstream announced its snapshot with '" +
                                         std::string(announcement.substr(0, 64)) +
                                         "', which is not a length");
}

Status BaseReceiver::emit(std::string_view bytes) {
  received_ += bytes.size();
  return bytes.empty() ? Status() : sink_(bytes);
}

Status BaseReceiver::feed(std::string_view bytes, size_t& consumed) {
  consumed = bytes.size();
  if (marker_.empty()) {
    consumed = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    left_ -= consumed;
    done_ = left_ == 0;
    return emit(bytes.substr(0, consumed));
  }

  // First the places where the marker begins in what is held and ends in `bytes`.
  const size_t held_before = held_.size();
  held_ += bytes.substr(0, std::min(bytes.size(), kMarkerBytes - 1));
  if (const size_t at = held_.find(marker_); at != std::string::npos) {
    consumed = at + kMarkerBytes - held_before;
    done_ = true;
    return emit(std::string_view(held_).substr(0, at));
  }
  if (bytes.size() < kMarkerBytes) {
    const size_t sure = held_.size() - std::min(held_.size(), kMarkerBytes - 1);
    Status given = emit(std::string_view(held_).substr(0, sure));
    held_.erase(0, sure);
    return given;
  }
  held_.resize(held_before);
  if (Status given = emit(held_); !given.ok()) return given;
  held_.clear();

  if (const size_t at = bytes.find(marker_); at != std::string_view::npos) {
    consumed = at + kMarkerBytes;
    done_ = true;
    return emit(bytes.substr(0, at));
  }
  const size_t sure = bytes.size() - (kMarkerBytes - 1);
  held_ = bytes.substr(sure);
  return emit(bytes.substr(0, sure));
}

}  // namespace holdfast::journal
