// The answer to an EXEC that is taken apart (execution.h): its parts come as if each were a reply.
#include <utility>

#include "proxy/execution.h"
#include "proxy/session.h"
#include "proxy/upstream_link.h"
#include "resp/decimal_line.h"

namespace holdfast::proxy {
namespace {

constexpr size_t kHeadBytesMax = 32;

}  // namespace

void UpstreamLink::expect_execution(Session& session, Execution& execution) {
  using Kind = QueuedCommand::Kind;
  begin_pushes(session);
  execution.asked = push_pending(Pending::Kind::kExecHead, &session, execution.asked.arrived_ns, 0).asked;
  const uint32_t requests = requests_;  // its parts are none
  uint32_t position = 0;
  const auto expect_plain = [&](uint32_t until) {
    if (until > position) push_pending(Pending::Kind::kExecPlain, &session, 0, 0).replies = until - position;
    position = until + 1;
  };
  for (const QueuedCommand& command : execution.commands) {
    expect_plain(command.position);
    switch (command.kind) {
      case Kind::kLocal:
        push_pending(Pending::Kind::kExecLocal, &session, 0, 0);
        break;
      case Kind::kSubscribe:
        expect_confirmations(session, command.confirmation, command.confirmations, false);
        break;
      case Kind::kTold:
        expect_told_reply(session, command.about, execution.asked.arrived_ns, false);
        break;
      case Kind::kTrackingInfo:
        expect_tracking_info(session);
        break;
    }
  }
  expect_plain(execution.queued);
  push_pending(Pending::Kind::kExecEnd, &session, 0, 0);
  requests_ = requests;
}

Result<size_t> UpstreamLink::take_execution_head(std::string_view input) {
  const bool inside = !own_reply_.empty();
  if (!inside && (input[0] != '*' || !framer_.at_boundary() || pushes_->inside_frame())) return size_t{0};
  const size_t newline = input.find('\n');
  const size_t taken = newline == std::string_view::npos ? input.size() : newline + 1;
  own_reply_.append(input.substr(0, taken));
  if (own_reply_.size() > kHeadBytesMax)
    return Error(ErrorCode::kProtocol, "the upstream sent bytes that are not RESP");
  if (newline == std::string_view::npos) return taken;
  Session& session = *pending_.front().session;
  const std::string head = std::exchange(own_reply_, {});
  size_t at = 1;
  int64_t elements = 0;
  if (resp::read_decimal_line(head.data(), head.size(), at, elements) != resp::LineOutcome::kNumber)
    return Error(ErrorCode::kProtocol, "the upstream sent bytes that are not RESP");
  if (elements < 0) {
    session.deliver_not_executed(head);
    drop_execution();
    return taken;
  }
  if (elements != session.commands_queued())
    return Error(ErrorCode::kProtocol, "the upstream ran another transaction than the one that was queued");
  session.begin_execution(head);
  pop_pending();
  return taken;
}

void UpstreamLink::drop_execution() {
  while (pending_.front().kind != Pending::Kind::kExecEnd) {
    if (pending_.front().kind == Pending::Kind::kConfirmations) --subscribing_;
    pop_pending();
  }
  reply_begun_ = false;
  pending_.front().session->end_execution();
  pop_pending();
  ask_owed_place();
}

}  // namespace holdfast::proxy
