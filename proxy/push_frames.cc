#include "proxy/push_frames.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace holdfast::proxy {
namespace {

constexpr size_t kTailBytes = 32;  // more than ":<number>\r\n"

struct Name {
  std::string_view word;
  FrameKind kind;
};

constexpr std::array kNames = {
    Name{"message", FrameKind::kMessage},       Name{"pmessage", FrameKind::kMessage},
    Name{"smessage", FrameKind::kMessage},      Name{"tracking-redir-broken", FrameKind::kRedirectBroken},
    Name{"subscribe", FrameKind::kSubscribe},   Name{"unsubscribe", FrameKind::kUnsubscribe},
    Name{"psubscribe", FrameKind::kPsubscribe}, Name{"punsubscribe", FrameKind::kPunsubscribe},
    Name{"ssubscribe", FrameKind::kSsubscribe}, Name{"sunsubscribe", FrameKind::kSunsubscribe},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "+1700000000.123456 [0 127.0.0.1:41234] ..."
FrameKind monitor_or_reply(std::string_view head, bool complete) {
  size_t at = 1;
  while (at < head.size() && is_digit(head[at])) ++at;
  const auto is = [&](char c) { return at < head.size() && head[at] == c; };
  if (at > 1 && is('.')) {
    ++at;
    while (at < head.size() && is_digit(head[at])) ++at;
    if (is(' ')) {
      ++at;
      if (is('[')) return FrameKind::kMonitorLine;
    }
  }
  return at < head.size() || complete ? FrameKind::kReply : FrameKind::kUndecided;
}

}  // namespace

FrameKind frame_kind(std::string_view head, bool complete) {
  if (head.empty()) return FrameKind::kUndecided;
  if (head[0] == '+') return monitor_or_reply(head, complete);
  if (head[0] != '*' && head[0] != '>') return FrameKind::kReply;
  const FrameKind other = head[0] == '>' ? FrameKind::kOtherPush : FrameKind::kReply;
  const FrameKind undecided = complete ? other : FrameKind::kUndecided;
  const size_t count_end = head.find("\r\n");
  if (count_end == std::string_view::npos) return undecided;
  const std::string_view element = head.substr(count_end + 2);
  if (element.empty()) return undecided;
  if (element[0] != '$') return other;
  const size_t length_end = element.find("\r\n");
  if (length_end == std::string_view::npos) return undecided;
  size_t length = 0;
  const auto [end, problem] = std::from_chars(element.data() + 1, element.data() + length_end, length);
  if (problem != std::errc() || end != element.data() + length_end) return other;
  const auto fits = [&](const Name& name) { return name.word.size() == length; };
  if (std::none_of(kNames.begin(), kNames.end(), fits)) return other;
  const std::string_view word = element.substr(length_end + 2);
  if (word.size() < length) return undecided;
  for (const Name& name : kNames) {
    if (name.word != word.substr(0, length)) continue;
    // Its bytes are changed before they leave.
    return name.kind == FrameKind::kRedirectBroken && !complete ? FrameKind::kUndecided : name.kind;
  }
  return other;
}

void Subscriptions::confirm(FrameKind kind, uint64_t count) {
  switch (kind) {
    case FrameKind::kSubscribe:
    case FrameKind::kUnsubscribe:
      channels_ = count - std::min(count, patterns_);
      break;
    case FrameKind::kPsubscribe:
    case FrameKind::kPunsubscribe:
      patterns_ = count - std::min(count, channels_);
      break;
    case FrameKind::kSsubscribe:
    case FrameKind::kSunsubscribe:
      shards_ = count;
      break;
    default:
      break;
  }
}

uint64_t Subscriptions::confirmations_of_all(FrameKind kind) const {
  const uint64_t count = kind == FrameKind::kUnsubscribe    ? channels_
                         : kind == FrameKind::kPunsubscribe ? patterns_
                                                            : shards_;
  return std::max<uint64_t>(count, 1);
}

FrameKind PushFrames::take(std::string_view& piece, bool complete) {
  if (kind_ == FrameKind::kUndecided) {
    head_.append(piece);
    kind_ = frame_kind(head_, complete);
    if (kind_ == FrameKind::kUndecided) return kind_;
    piece = head_;
  }
  if (is_confirmation(kind_)) {
    tail_.append(piece.substr(piece.size() - std::min(piece.size(), kTailBytes)));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    if (names_ != nullptr) {
      is_too_long_ |= confirmation_.size() + piece.size() > SubscribedNames::kBytesMax;
      if (!is_too_long_) confirmation_.append(piece);
    }
  }
  return kind_;
}

void PushFrames::frame_ended() {
  kind_ = FrameKind::kUndecided;
  head_.clear();
  tail_.clear();
  std::string().swap(confirmation_);
  is_too_long_ = false;
}

void PushFrames::note_name() {
  if (names_ == nullptr) return;
  if (is_too_long_) return names_->add_too_long();
  const bool shard = kind_ == FrameKind::kSsubscribe || kind_ == FrameKind::kSunsubscribe;
  const bool pattern = kind_ == FrameKind::kPsubscribe || kind_ == FrameKind::kPunsubscribe;
  const auto kind = shard     ? SubscriptionKind::kShard
                    : pattern ? SubscriptionKind::kPattern
                              : SubscriptionKind::kChannel;
  const std::string_view name = SubscribedNames::name_in(confirmation_);
  const bool begins =
      kind_ == FrameKind::kSubscribe || kind_ == FrameKind::kPsubscribe || kind_ == FrameKind::kSsubscribe;
  begins ? names_->add(kind, name) : names_->remove(kind, name);
}

uint64_t PushFrames::count() const {
  uint64_t count = 0;
  const size_t colon = tail_.rfind(':');
  if (colon != std::string::npos)
    std::from_chars(tail_.data() + colon + 1, tail_.data() + tail_.size(), count);
  return count;
}

}  // namespace holdfast::proxy
