// A link that is lent to a session with subscriptions, tracked keys or MONITOR: what comes unasked goes to
// that session in its place between the replies.
#include <cassert>
#include <charconv>
#include <utility>

#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"
#include "resp/reply_cursor.h"

namespace holdfast::proxy {
namespace {

constexpr std::string_view kClientInfo = "*2\r\n$6\r\nCLIENT\r\n$4\r\nINFO\r\n";
constexpr std::string_view kDatabaseKey = " db=";
constexpr std::string_view kReset = "*1\r\n$5\r\nRESET\r\n";
// A courtesy to whoever reads CLIENT LIST, as in the handshake.
constexpr std::string_view kSetName = "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$8\r\nholdfast\r\n";

}  // namespace

// --- Requests -------------------------------------------------------------------------------------------

void UpstreamLink::begin_pushes(Session& session) {
  if (pushes_ != nullptr) return;
  pushes_ = std::make_unique<PushFrames>(!framer_.at_boundary());
  pushes_to_ = &session;
  if (session.environment().asks_for_login()) pushes_->keep_names();
}

const Subscriptions& UpstreamLink::subscriptions() const {
  static constexpr Subscriptions kNone;
  return pushes_ != nullptr ? pushes_->subscriptions : kNone;
}

void UpstreamLink::expect_confirmations(Session& session, FrameKind kind, size_t count, bool quiet) {
  assert(pushes_ != nullptr);
  Pending& pending = push_pending(Pending::Kind::kConfirmations, &session, 0, 0);
  ++subscribing_;
  pending.replies = static_cast<uint32_t>(count);
  pending.about = static_cast<uint8_t>(kind);
  if (quiet) pending.text = std::make_unique<std::string>();
}

void UpstreamLink::expect_told_reply(Session& session, Told about, uint64_t now_ns, bool quiet) {
  Pending& pending = push_pending(Pending::Kind::kToldReply, &session, now_ns, 0);
  pending.about = static_cast<uint8_t>(about);
  if (quiet) pending.text = std::make_unique<std::string>();
}

void UpstreamLink::expect_refusal(Session& session, uint64_t now_ns, bool quiet) {
  Pending& pending = push_pending(Pending::Kind::kRefusal, &session, now_ns, 0);
  if (quiet) pending.text = std::make_unique<std::string>();
}

void UpstreamLink::ask_place(Session& session) {
  if (login_ != nullptr) change_login(false);
  push_pending(Pending::Kind::kPlace, &session, 0, 0);
  append(kClientInfo.data(), kClientInfo.size());
  if (login_ != nullptr) change_login(true);
}

void UpstreamLink::expect_tracking_info(Session& session) {
  push_pending(Pending::Kind::kTrackingInfo, &session, 0, 0);
}

void UpstreamLink::reset(Session& session, uint64_t now_ns, bool quiet) {
  Pending& pending = push_pending(Pending::Kind::kReset, &session, now_ns, 0);
  if (quiet) pending.text = std::make_unique<std::string>();
  append(kReset.data(), kReset.size());
  owes_place_ = false;
  database_ = 0;
  protocol_ = 2;
  if (login_ != nullptr || !upstream_.config().password.empty()) change_login(login_ != nullptr);
  push_pending(Pending::Kind::kIgnored, nullptr, 0, 0);
  append(kSetName.data(), kSetName.size());
}

// Only a link on which every subscription was seen to end is as new.
bool UpstreamLink::make_clean() {
  if (pushes_ != nullptr && (pushes_->subscriptions.total() > 0 || pushes_->inside_frame())) taint();
  pushes_.reset();
  pushes_to_ = nullptr;
  return !is_tainted();
}

// --- Replies --------------------------------------------------------------------------------------------

Status UpstreamLink::take_replies_and_pushes(const char* data, size_t size) {
  using Outcome = resp::ReplyFramer::Outcome;
  const uint64_t now_ns = upstream_.worker().now_ns();
  size_t at = 0;
  while (!state_.is_closed()) {
    while (!pending_.empty() && (pending_.front().kind == Pending::Kind::kLocal ||
                                 pending_.front().kind == Pending::Kind::kExecEnd)) {
      Pending& pending = pending_.front();
      if (pending.kind == Pending::Kind::kLocal)
        pending.session->deliver(pending.text->data(), pending.text->size());
      else
        pending.session->end_execution();
      pop_pending();
      ask_owed_place();
    }
    if (at == size) break;
    if (!pending_.empty() && pending_.front().kind == Pending::Kind::kExecHead) {
      const auto head = take_execution_head({data + at, size - at});
      if (!head.ok()) return head.error();
      at += head.value();
      if (head.value() > 0) continue;
    }
    size_t consumed = 0;
    const Outcome outcome = framer_.feed(data + at, size - at, consumed);
    if (outcome == Outcome::kError)
      return Error(ErrorCode::kProtocol, "the upstream sent bytes that are not RESP");
    const Status status = take_frame({data + at, consumed}, outcome == Outcome::kReply, now_ns);
    if (!status.ok()) return status;
    at += consumed;
  }
  return {};
}

Status UpstreamLink::take_frame(std::string_view piece, bool complete, uint64_t now_ns) {
  const FrameKind kind = pushes_->take(piece, complete);
  if (kind == FrameKind::kUndecided) return {};
  const bool confirmed = !pending_.empty() && pending_.front().kind == Pending::Kind::kConfirmations;
  // In RESP2 only a connection with subscriptions gets messages, and then it gets no array that could be
  // data: the same words otherwise, and always in RESP3, are a reply.
  const bool subscribed_in_resp2 = protocol_ == 2 && pushes_->subscriptions.total() > 0;
  const bool is_push = framer_.type() == '>' ||
                       (kind == FrameKind::kMonitorLine && pushes_to_->is_monitoring()) ||
                       (is_confirmation(kind) && protocol_ == 2 && (confirmed || subscribed_in_resp2)) ||
                       (kind == FrameKind::kMessage && subscribed_in_resp2);
  if (is_push) {
    if (kind == FrameKind::kRedirectBroken)
      pushes_to_->deliver_push(pushes_to_->with_own_ids(piece), complete);
    else
      pushes_to_->deliver_push(piece, complete);
    if (complete && is_confirmation(kind)) {
      take_confirmation(kind);
      ask_owed_place();
    }
    if (complete) pushes_->frame_ended();
    return {};
  }
  if (pending_.empty())
    return Error(ErrorCode::kProtocol, "the upstream sent a reply that nothing had asked for");

  Pending& pending = pending_.front();
  reply_begun_ = !complete;
  if (complete) --pending.replies;
  Status status;
  switch (pending.kind) {
    case Pending::Kind::kReply:
      if (complete) pending.session->replies_came(pending.asked, now_ns, 1);
      pending.session->deliver_own(piece);
      if (!complete) pending.session->wait_for_reader(*this);
      break;
    case Pending::Kind::kExecPlain:
      pending.session->deliver_own(piece);
      break;
    case Pending::Kind::kExecHead:
      // An error, or RESP3's null: it was not run.
      pending.session->deliver_not_executed(piece);
      if (!complete) break;
      pushes_->frame_ended();
      drop_execution();
      return {};
    case Pending::Kind::kGatedReply:
    case Pending::Kind::kGatedRead:
      pending.session->hold(pending.barrier, piece, complete ? 1 : 0, pending.asked,
                            pending.kind == Pending::Kind::kGatedRead);
      break;
    case Pending::Kind::kConfirmations:
      // An error answers the whole command.
      if (pending.text == nullptr) pending.session->deliver_own(piece);
      if (!complete) break;
      pending.replies = 0;
      --subscribing_;
      break;
    default:
      status = take_special_reply(pending, piece, now_ns);
      break;
  }
  if (!status.ok() || state_.is_closed()) return status;
  if (!complete) return {};
  pushes_->frame_ended();
  if (pending_.front().replies == 0)
    pop_pending();
  else
    ++pending_.front().asked.place;
  return {};
}

// Not before EXEC's answer is through, nor while Redis would refuse it.
void UpstreamLink::ask_owed_place() {
  if (!owes_place_ || pushes_to_->has_sent_execution() ||
      (protocol_ == 2 && pushes_->subscriptions.total() > 0))
    return;
  owes_place_ = false;
  if (!state_.is_closed()) ask_place(*pushes_to_);
}

// One channel or pattern more or less, whether asked for or not (a cluster takes shard channels away).
void UpstreamLink::take_confirmation(FrameKind kind) {
  pushes_->note_name();
  if (!pending_.empty() && pending_.front().kind == Pending::Kind::kConfirmations &&
      pending_.front().about == static_cast<uint8_t>(kind)) {
    Pending& pending = pending_.front();
    if (pending.replies == 0)
      pending.replies = static_cast<uint32_t>(pushes_->subscriptions.confirmations_of_all(kind));
    pushes_->subscriptions.confirm(kind, pushes_->count());
    if (--pending.replies > 0) return;
    --subscribing_;
    pop_pending();
    return;
  }
  pushes_->subscriptions.confirm(kind, pushes_->count());
}

void UpstreamLink::deliver_told(Pending& pending, std::string_view piece, bool complete) {
  Session& session = *pending.session;
  if (pending.text == nullptr) session.deliver_own(piece);
  if (!complete) return;
  if (pending.kind == Pending::Kind::kReset) {
    pushes_->subscriptions = {};
    return;
  }
  const bool refused = framer_.type() == '-';
  if (pending.kind == Pending::Kind::kToldReply)
    session.told(static_cast<Told>(pending.about), !refused);
  else if (!refused)
    session.close();  // it ran, and perhaps wrote, as if nobody waited for the journal
}

Status UpstreamLink::take_place(Session& session, std::string_view reply) {
  std::string_view text;
  size_t at = std::string_view::npos;
  if (resp::ReplyCursor(reply).read_string(text)) at = text.find(kDatabaseKey);
  if (at == std::string_view::npos)
    return Error(ErrorCode::kProtocol,
                 "the upstream does not tell the database after a transaction with SELECT");
  text.remove_prefix(at + kDatabaseKey.size());
  std::from_chars(text.data(), text.data() + text.size(), database_);
  session.moved_to(database_);
  return {};
}

}  // namespace holdfast::proxy
