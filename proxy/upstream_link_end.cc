// How a link ends, and what those are told to whom it still owes replies.
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/own_connections.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"

namespace holdfast::proxy {

void UpstreamLink::stream_ended(const Error* error) {
  if (state_.is_closed()) return;
  lose(error != nullptr ? *error : Error(ErrorCode::kUnavailable, "the upstream closed the connection"));
}

void UpstreamLink::stream_drained() {
  tell_room();
}

void UpstreamLink::tell_room() {
  if (!room_wanted_ || is_congested()) return;
  room_wanted_ = false;
  upstream_.worker().resume_waiting_for_room();
}

void UpstreamLink::lose(const Error& error) {
  close();
  owner_.link_lost(*this, error);
}

void UpstreamLink::close() {
  if (state_.is_closed()) return;
  state_.enter(LinkState::Life::kClosed);
  set_silent(false);
  OwnConnections::of_this_process().remove(local_name_);
  resume_reading();
  timer_.close();
  if (std::exchange(room_wanted_, false)) upstream_.worker().resume_waiting_for_room();
  upstream_.gate().link_lost(*this);
  fail_pending();
  show_pending();
  stream_.close();
}

// What was sent may have run; what still waited in out_ has not.
void UpstreamLink::fail_pending() {
  const std::string not_sent = upstream_.unavailable_reply();
  if (pushes_ != nullptr && pushes_->inside_frame()) pushes_to_->close();
  bool begun = reply_begun_;
  bool in_execution = pushes_ != nullptr && pushes_to_->execution_has_begun();
  while (!pending_.empty()) {
    Pending& pending = pending_.front();
    if (Session* session = pending.session; session != nullptr) {
      in_execution |= pending.kind == Pending::Kind::kExecHead;
      if (begun && pending.kind != Pending::Kind::kReplace && pending.kind != Pending::Kind::kLocal) {
        // Half of a reply has left already; nothing that could follow would make sense to the client.
        session->close();
      } else if (pending.text != nullptr && pending.kind != Pending::Kind::kRewritten) {
        session->deliver(pending.text->data(), pending.text->size());
      } else {
        const std::string_view text =
            pending_.size() <= unsent_ ? std::string_view(not_sent) : kUncertainLinkLost;
        uint32_t errors = pending.replies;
        if (pending.kind == Pending::Kind::kConfirmations) errors = 1;
        if (pending.kind == Pending::Kind::kPlace) errors = 0;
        if (in_execution) errors = 0;
        if (pending.kind == Pending::Kind::kExecEnd) {
          // Nothing of the answer has left: it is one error.
          session->fail_execution(text);
          in_execution = false;
        }
        for (uint32_t i = 0; i < errors; ++i) session->deliver_failure(text);
      }
    }
    begun = false;
    pop_pending();
  }
}

void UpstreamLink::stream_closed() {
  owner_.link_closed(*this);
}

}  // namespace holdfast::proxy
