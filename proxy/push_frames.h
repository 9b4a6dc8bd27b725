// What a server sends without being asked, told apart from the replies between which it comes: messages of
// pub/sub, invalidations, lines of MONITOR. And how many subscriptions a connection has, as the server
// counts.
//
// In RESP3 these are frames of a type of their own ('>'). In RESP2 they are arrays like any other, and only
// the number of subscriptions tells: without one there are no messages, and with one the only replies are
// those of the few commands that are allowed then. Facts from Redis 7.0: pubsub.c (addReplyPubsub...),
// tracking.c (sendTrackingMessage), replication.c (replicationFeedMonitors). Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/subscribed_names.h"

namespace holdfast::proxy {

enum class FrameKind : uint8_t {
  kUndecided,  // more of the frame is needed
  kReply,
  kMonitorLine,
  kMessage,         // "message", "pmessage", "smessage"
  kOtherPush,       // RESP3 only: "invalidate" and whatever newer servers have
  kRedirectBroken,  // "tracking-redir-broken": known only when it is complete
  // The confirmations of one channel or pattern; they carry the number of subscriptions.
  kSubscribe,
  kUnsubscribe,
  kPsubscribe,
  kPunsubscribe,
  kSsubscribe,
  kSunsubscribe,
};

inline bool is_confirmation(FrameKind kind) {
  return kind >= FrameKind::kSubscribe;
}

// Of the frame that begins with `head`; `complete`: nothing follows. A few dozen bytes always decide.
FrameKind frame_kind(std::string_view head, bool complete);

// The subscriptions of one connection, from its confirmations in their order.
class Subscriptions {
 public:
  // The number at the end of a confirmation. Channels and patterns are counted together, shards apart.
  void confirm(FrameKind kind, uint64_t count);

  uint64_t channels() const { return channels_; }
  uint64_t patterns() const { return patterns_; }
  uint64_t shards() const { return shards_; }
  uint64_t total() const { return channels_ + patterns_ + shards_; }
  // How many confirmations an UNSUBSCRIBE of everything has: one for each, or one that says there was none.
  uint64_t confirmations_of_all(FrameKind kind) const;

 private:
  uint64_t channels_ = 0;
  uint64_t patterns_ = 0;
  uint64_t shards_ = 0;
};

// The frame that a connection is receiving, in pieces: its beginning until its kind is known, and its end,
// where a confirmation has its count.
class PushFrames {
 public:
  // The connection may be in the middle of a reply already.
  explicit PushFrames(bool inside_reply) : kind_(inside_reply ? FrameKind::kReply : FrameKind::kUndecided) {}

  // Takes the next piece and answers the frame's kind. When that is known, `piece` is all of the frame that
  // has not been answered yet, valid until frame_ended().
  FrameKind take(std::string_view& piece, bool complete);
  void frame_ended();
  bool inside_frame() const { return kind_ != FrameKind::kUndecided || !head_.empty(); }

  // Of a complete confirmation; 0 if there is none.
  uint64_t count() const;

  // From now on, to what it is subscribed; before the first subscription.
  void keep_names() { names_ = std::make_unique<SubscribedNames>(); }
  // Null: not kept.
  const SubscribedNames* names() const { return names_.get(); }
  // A complete confirmation has come.
  void note_name();

  Subscriptions subscriptions;

 private:
  FrameKind kind_;
  std::string head_;
  std::string tail_;
  std::unique_ptr<SubscribedNames> names_;
  std::string confirmation_;  // all of it, while names are kept
  bool is_too_long_ = false;  // to be kept
};

}  // namespace holdfast::proxy
