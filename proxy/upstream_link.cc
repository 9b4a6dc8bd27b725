#include "proxy/upstream_link.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/log.h"
#include "proxy/error_replies.h"
#include "proxy/own_connections.h"
#include "proxy/reply_times.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/worker.h"
#include "resp/encode.h"
#include "resp/reply_cursor.h"
#include "tls/connection.h"

namespace holdfast::proxy {
namespace {

constexpr size_t kKeepCapacity = 1024 * 1024;
constexpr uint64_t kPauseMaxMs = 1'000;
constexpr std::string_view kInfo = "*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n";
constexpr std::string_view kInfoMemory = "*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n";
constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kRole = "*1\r\n$4\r\nROLE\r\n";

}  // namespace

UpstreamLink::UpstreamLink(Upstream& upstream, Owner& owner, LinkKey key)
    : upstream_(upstream),
      owner_(owner),
      database_(key.database),
      protocol_(key.protocol),
      for_kill_(key.for_kill),
      login_(key.login),
      handshake_(upstream.config(), key),
      timer_(upstream.worker().loop(), [this] { timer_fired(); }),
      stream_(*this) {}

UpstreamLink::~UpstreamLink() = default;

void UpstreamLink::connect() {
  upstream_.stats().connects.add();
  timer_.start_once(static_cast<uint64_t>(upstream_.config().connect_timeout_ms));
  if (const tls::Credentials* tls = upstream_.tls(); tls != nullptr)
    stream_.use_tls(upstream_.worker().loop(), tls->current()->open(), {});
  stream_.connect(upstream_.worker().loop(), upstream_.config().endpoint.value, *this);
  // At once, if it is an address: should it be redirected to ourselves, it is accepted in this very turn.
  if (state_.life() == LinkState::Life::kConnecting) register_own();
}

void UpstreamLink::register_own() {
  if (!local_name_.empty()) return;
  local_name_ = stream_.local_name();
  OwnConnections::of_this_process().add(local_name_);
}

void UpstreamLink::stream_connected(const Error* error) {
  if (state_.life() != LinkState::Life::kConnecting) return;
  if (error != nullptr) {
    lose(upstream_.tls() == nullptr ? *error
                                    : error->prefixed(upstream_.config().endpoint.value.to_string()));
    return;
  }
  state_.enter(LinkState::Life::kHandshake);
  register_own();
  // Before busy-reply-threshold has passed (5 s) a busy Redis does not even answer a login.
  if (for_kill_) timer_.stop();
  for (int i = 0; i < handshake_.replies(); ++i) push_pending(Pending::Kind::kHandshake, nullptr, 0, 0);
  append(handshake_.requests().data(), handshake_.requests().size());
  stream_.read_start();
  flush();
}

Status UpstreamLink::finish_handshake() {
  upstream_.connected_to(stream_.peer_name());
  if (!for_kill_) {
    auto history = upstream_.check_history(handshake_.facts().replication);
    if (!history.ok()) return history.error();
    history_ = history.value();
  }
  timer_.stop();
  state_.enter(LinkState::Life::kReady);
  owner_.link_ready(*this);
  return {};
}

void UpstreamLink::timer_fired() {
  if (state_.is_ready()) {
    resume_reading(false);
  } else if (!state_.is_closed()) {
    const std::string address = upstream_.config().endpoint.value.to_string();
    if (stream_.is_shaking_hands())
      lose(Error(ErrorCode::kTimeout, address + ": no answer to the TLS handshake within connect_timeout; "
                                                "write redis:// in url if it does not speak TLS"));
    else
      lose(Error(ErrorCode::kTimeout, "cannot connect to " + address + ": no answer within connect_timeout"));
  }
}

// --- Requests -------------------------------------------------------------------------------------------

// Once for what a turn has sent, and for what it has read.
void UpstreamLink::show_pending() {
  metrics::UpstreamStats& stats = upstream_.stats();
  const size_t pending = pending_.size();
  stats.pending_replies.add(pending - std::exchange(shown_pending_, pending));
  stats.pending_replies_max.raise_to(stats.pending_replies.get());
}

void UpstreamLink::begin_flush() {
  flush_ = upstream_.worker().sent_requests().begin();
  requests_ = 0;
}

Pending& UpstreamLink::push_pending(Pending::Kind kind, Session* session, uint64_t now_ns, uint64_t barrier) {
  Pending& pending = pending_.push();
  pending.kind = kind;
  pending.session = session;
  if (unsent_++ == 0) begin_flush();
  pending.asked = {now_ns, flush_, requests_++};
  pending.barrier = barrier;
  pending.replies = 1;
  if (session != nullptr) session->entry_added();
  return pending;
}

// Its place in the ring may have been one of change_login()'s.
Pending& UpstreamLink::push_replaced(Session* session) {
  Pending& pending = push_pending(Pending::Kind::kReplace, session, 0, 0);
  pending.about = 0;
  return pending;
}

void UpstreamLink::expect_reply(Session& session, uint64_t now_ns) {
  // Only with what this turn has gathered: an entry is either sent or not (fail_pending).
  if (unsent_ > 0) {
    Pending& last = pending_.back();
    if (last.session == &session && last.kind == Pending::Kind::kReply) {
      ++last.replies;
      ++requests_;
      return;
    }
  }
  push_pending(Pending::Kind::kReply, &session, now_ns, 0);
}

void UpstreamLink::expect_multi_reply(Session& session, uint64_t now_ns, bool quiet) {
  Pending& pending = push_pending(Pending::Kind::kMultiReply, &session, now_ns, 0);
  if (quiet) pending.text = std::make_unique<std::string>();
}

void UpstreamLink::expect_gated_reply(Session& session, uint64_t now_ns, uint64_t barrier, bool read) {
  const Pending::Kind kind = read ? Pending::Kind::kGatedRead : Pending::Kind::kGatedReply;
  if (unsent_ > 0) {
    Pending& last = pending_.back();
    if (last.session == &session && last.kind == kind && last.barrier == barrier) {
      ++last.replies;
      ++requests_;
      return;
    }
  }
  push_pending(kind, &session, now_ns, barrier);
}

void UpstreamLink::expect_rewritten_reply(Session& session, uint64_t now_ns, uint64_t barrier, bool read,
                                          policy::ReplyForm form, const std::string& of_queued,
                                          bool adds_info) {
  Pending& pending = push_pending(Pending::Kind::kRewritten, &session, now_ns, barrier);
  pending.about = static_cast<uint8_t>(form);
  pending.read = read;
  pending.adds_info = adds_info;
  if (form == policy::ReplyForm::kExec) pending.text = std::make_unique<std::string>(of_queued);
}

void UpstreamLink::expect_replaced_reply(Session* session, std::string text) {
  Pending& pending = push_replaced(session);
  pending.text = std::make_unique<std::string>(std::move(text));
}

void UpstreamLink::answer_in_place(Session& session, std::string text) {
  Pending& pending = push_pending(Pending::Kind::kLocal, &session, 0, 0);
  --requests_;  // there is none
  pending.text = std::make_unique<std::string>(std::move(text));
}

void UpstreamLink::append(const char* data, size_t size) {
  out_.append(data, size);
  queue_flush();
}

void UpstreamLink::append_barrier(uint64_t barrier) {
  assert(!in_large_request_);
  // A client's own user may not be allowed ROLE.
  const bool asks_as_itself = login_ == nullptr || !login_->is_clients();
  if (!asks_as_itself) change_login(false);
  push_pending(Pending::Kind::kBarrier, nullptr, 0, barrier);
  gated_ = true;
  ++barriers_gathered_;
  append(kRole.data(), kRole.size());
  if (!asks_as_itself) change_login(true);
  upstream_.stats().barriers.add();
}

void UpstreamLink::end_large_request() {
  in_large_request_ = false;
  flush_barrier();
}

void UpstreamLink::ask_identity() {
  if (state_.is_asked() || in_large_request_) return;
  state_.enter(LinkState::Trust::kAsked);
  // The user of a login of its own may not ask it, and must not: a script could, too.
  if (login_ != nullptr) change_login(false);
  push_pending(Pending::Kind::kIdentity, nullptr, 0, 0);
  append(kInfo.data(), kInfo.size());
  if (login_ != nullptr) change_login(true);
}

void UpstreamLink::preload(const config::ScriptFile& script) {
  std::string request;
  if (script.is_library())
    resp::append_command(request, {"FUNCTION", "LOAD", "REPLACE", script.code});
  else
    resp::append_command(request, {"SCRIPT", "LOAD", script.code});
  push_pending(Pending::Kind::kPreload, nullptr, 0, 0).text = std::make_unique<std::string>(script.path);
  append(request.data(), request.size());
}

void UpstreamLink::unblock(uint64_t client_id, bool with_error) {
  std::string request;
  resp::append_command(request, {"CLIENT", "UNBLOCK", std::to_string(client_id),
                                 with_error ? std::string_view("ERROR") : std::string_view("TIMEOUT")});
  push_pending(Pending::Kind::kIgnored, nullptr, 0, 0);
  append(request.data(), request.size());
}

void UpstreamLink::check_health() {
  const uint64_t now_ns = upstream_.worker().now_ns();
  if (health_asked_ns_ == 0) {
    health_asked_ns_ = now_ns;
    push_pending(Pending::Kind::kHealth, nullptr, 0, 0);
    append(kPing.data(), kPing.size());
    return;
  }
  // Not reading it while a client catches up is our own doing.
  const uint64_t limit_ns = static_cast<uint64_t>(upstream_.config().connect_timeout_ms) * 1'000'000;
  const uint64_t last_ns = std::max(health_asked_ns_, heard_ns_);
  if (paused_by_ == nullptr && now_ns > last_ns && now_ns - last_ns >= limit_ns) set_silent(true);
}

void UpstreamLink::ask_eviction() {
  push_pending(Pending::Kind::kEviction, nullptr, 0, 0);
  append(kInfoMemory.data(), kInfoMemory.size());
}

void UpstreamLink::set_silent(bool silent) {
  if (silent_ == silent) return;
  silent_ = silent;
  if (silent)
    upstream_.stats().links_silent.add();
  else
    upstream_.stats().links_silent.sub();
  upstream_.report_silence(silent);
}

void UpstreamLink::take_health(std::string_view reply) {
  health_asked_ns_ = 0;
  std::string_view error;
  const bool refused = resp::ReplyCursor(reply).read_error(error);
  // A user that may not PING shows just as well that Redis answers.
  upstream_.report_busy(refused && !error.starts_with("NOPERM") ? error : std::string_view());
}

void UpstreamLink::flush_barrier() {
  if (open_barrier_ != 0) append_barrier(std::exchange(open_barrier_, 0));
}

void UpstreamLink::select(int database) {
  database_ = database;
  std::string request;
  resp::append_command(request, {"SELECT", std::to_string(database)});
  push_replaced(nullptr);
  append(request.data(), request.size());
}

void UpstreamLink::change_to(LinkKey key) {
  if (key.database != database_) select(key.database);
  if (key.protocol == protocol_) return;
  protocol_ = key.protocol;
  std::string request;
  resp::append_command(request, {"HELLO", std::to_string(key.protocol)});
  push_replaced(nullptr);
  append(request.data(), request.size());
}

void UpstreamLink::queue_flush() {
  if (flush_queued_) return;
  flush_queued_ = true;
  upstream_.worker().flush_later(*this);
}

void UpstreamLink::flush() {
  flush_queued_ = false;
  if (state_.is_closed() || waits_for_barrier()) return;
  if (!in_large_request_) flush_barrier();
  flush_queued_ = false;
  unsent_ = 0;
  if (out_.empty()) return;
  const bool sent = stream_.send(out_);
  upstream_.worker().flushed(flush_, out_, gated_, begins_inside_);
  if (const size_t queued = stream_.queued_bytes(); queued != 0) [[unlikely]]
    upstream_.stats().queued_bytes_max.raise_to(queued);
  show_pending();
  barriers_in_flight_ += std::exchange(barriers_gathered_, 0);
  gated_ = false;
  begins_inside_ = in_large_request_;
  out_.clear();
  if (out_.capacity() > kKeepCapacity) std::string().swap(out_);
  if (!sent)
    lose(Error(ErrorCode::kUnavailable, "the connection to the upstream broke"));
  else
    tell_room();
}

// --- Replies --------------------------------------------------------------------------------------------

std::span<char> UpstreamLink::stream_buffer() {
  return upstream_.worker().read_buffer();
}

void UpstreamLink::stream_read(size_t size) {
  heard_ns_ = upstream_.worker().now_ns();
  if (silent_) set_silent(false);
  const char* const data = upstream_.worker().read_buffer().data();
  const Status status = pushes_ == nullptr ? take_replies(data, size) : take_replies_and_pushes(data, size);
  show_pending();
  if (!status.ok() && !state_.is_closed()) lose(status.error());
}

void UpstreamLink::pop_pending() {
  Session* session = pending_.front().session;
  pending_.front().text.reset();
  pending_.pop();
  if (unsent_ > pending_.size()) unsent_ = pending_.size();
  if (session != nullptr) session->entry_done();
}

// Replies of one session that follow each other in the buffer are one run: they leave in one write,
// straight from the buffer.
Status UpstreamLink::take_replies(const char* data, size_t size) {
  using Outcome = resp::ReplyFramer::Outcome;
  const uint64_t now_ns = upstream_.worker().now_ns();
  const uint64_t slow_ns = upstream_.worker().slow_before(now_ns);
  ReplyTimes times(upstream_.worker().sent_requests(), now_ns);
  const char* at = data;
  const char* const end = data + size;
  Session* run_session = nullptr;
  const char* run_begin = nullptr;
  const auto end_run = [&] {
    if (run_session == nullptr) return;
    std::exchange(run_session, nullptr)->deliver(run_begin, static_cast<size_t>(at - run_begin));
  };

  while (!state_.is_closed()) {
    while (!pending_.empty() && pending_.front().kind == Pending::Kind::kLocal) {
      end_run();
      pending_.front().session->deliver(pending_.front().text->data(), pending_.front().text->size());
      pop_pending();
    }
    if (at == end) break;
    if (pending_.empty()) {
      end_run();
      return Error(ErrorCode::kProtocol, "the upstream sent a reply that nothing had asked for");
    }
    Pending& pending = pending_.front();
    const char* const begin = at;
    if (pending.kind == Pending::Kind::kReply) {
      if (pending.session != run_session) {
        end_run();
        run_session = pending.session;
        run_begin = at;
      }
    } else {
      end_run();
    }

    // Frames as many of this entry's replies as are there.
    uint32_t complete = 0;
    while (complete < pending.replies && at < end) {
      size_t consumed = 0;
      const Outcome outcome = framer_.feed(at, static_cast<size_t>(end - at), consumed);
      at += consumed;
      if (outcome == Outcome::kReply) {
        ++complete;
        reply_begun_ = false;
      } else if (outcome == Outcome::kNeedMore) {
        reply_begun_ = true;
      } else {
        end_run();
        return Error(ErrorCode::kProtocol, "the upstream sent bytes that are not RESP");
      }
    }
    pending.replies -= complete;

    switch (pending.kind) {
      case Pending::Kind::kReply:
        if (complete > 0) {
          times.add(pending.session->environment().stats(), pending.asked, complete);
          if (pending.asked.arrived_ns < slow_ns) [[unlikely]]
            pending.session->were_slow(pending.asked, now_ns, complete);
        }
        if (reply_begun_) {
          Session* session = pending.session;
          end_run();
          session->wait_for_reader(*this);
        }
        break;
      case Pending::Kind::kGatedReply:
      case Pending::Kind::kGatedRead:
        pending.session->hold(pending.barrier, {begin, static_cast<size_t>(at - begin)}, complete,
                              pending.asked, pending.kind == Pending::Kind::kGatedRead);
        break;
      default: {
        const Status status = take_special_reply(pending, {begin, static_cast<size_t>(at - begin)}, now_ns);
        if (!status.ok()) return status;
        break;
      }
    }
    if (state_.is_closed()) break;
    if (pending_.front().replies == 0)
      pop_pending();
    else
      pending_.front().asked.place += complete;
  }
  end_run();
  return {};
}

Status UpstreamLink::take_special_reply(Pending& pending, std::string_view piece, uint64_t now_ns) {
  const bool complete = pending.replies == 0;
  switch (pending.kind) {
    case Pending::Kind::kMultiReply:
      if (complete) pending.session->replies_came(pending.asked, now_ns, 1);
      if (pending.text == nullptr) pending.session->deliver(piece.data(), piece.size());
      // Not in a transaction after all (an ACL or a renamed command), but writes may already have been
      // sent as if they only queued. Nothing that they answer may look acknowledged.
      if (complete && framer_.type() == '-') pending.session->close();
      return {};
    case Pending::Kind::kReplace:
      // A SELECT of our own that failed would leave the link in another database than we believe.
      if (pending.session == nullptr && framer_.type() == '-')
        return Error(ErrorCode::kProtocol, pending.about == kLoginBack
                                               ? "the upstream does not let the user of a link log in again"
                                               : "the upstream refused to change the database or protocol of "
                                                 "a link");
      if (complete && pending.about == kLoginBack) login_is_back();
      if (complete && pending.text != nullptr && pending.session != nullptr)
        pending.session->deliver(pending.text->data(), pending.text->size());
      return {};
    case Pending::Kind::kToldReply:
    case Pending::Kind::kRefusal:
    case Pending::Kind::kReset:
      if (complete) pending.session->replies_came(pending.asked, now_ns, 1);
      deliver_told(pending, piece, complete);
      return {};
    case Pending::Kind::kIgnored:
      return {};
    default:
      return take_own_reply(pending, piece.data(), piece.size(), complete);
  }
}

Status UpstreamLink::take_own_reply(Pending& pending, const char* data, size_t size, bool complete) {
  std::string_view reply(data, size);
  if (!complete || !own_reply_.empty()) {
    own_reply_.append(data, size);
    reply = own_reply_;
  }
  if (!complete) return {};
  Status status;
  if (pending.kind == Pending::Kind::kBarrier) {
    if (--barriers_in_flight_ == 0 && !out_.empty()) queue_flush();
    upstream_.gate().barrier_answered(pending.barrier, *this, reply);
  } else if (pending.kind == Pending::Kind::kIdentity) {
    status = take_identity(reply);
  } else if (pending.kind == Pending::Kind::kPlace) {
    status = take_place(*pending.session, reply);
  } else if (pending.kind == Pending::Kind::kTrackingInfo) {
    pending.session->deliver_own(pending.session->with_own_ids(reply));
  } else if (pending.kind == Pending::Kind::kRewritten) {
    pending.session->deliver_rewritten(reply, static_cast<policy::ReplyForm>(pending.about),
                                       pending.text != nullptr ? *pending.text : std::string_view(),
                                       pending.barrier, pending.read, pending.asked, pending.adds_info);
  } else if (pending.kind == Pending::Kind::kEviction) {
    upstream_.eviction_told(reply);
  } else if (pending.kind == Pending::Kind::kPreload) {
    std::string_view error;
    if (resp::ReplyCursor(reply).read_error(error))
      log::warn("upstream '" + upstream_.config().name + "' does not take the script " + *pending.text +
                ": " + std::string(error));
  } else if (pending.kind == Pending::Kind::kExecLocal) {
    pending.session->run_queued(reply);
  } else if (pending.kind == Pending::Kind::kHealth) {
    take_health(reply);
  } else {
    status = handshake_.take_reply(reply);
    if (status.ok() && handshake_.done()) status = finish_handshake();
  }
  own_reply_.clear();
  return status;
}

Status UpstreamLink::take_identity(std::string_view reply) {
  std::string_view text;
  if (!resp::ReplyCursor(reply).read_string(text))
    return Error(ErrorCode::kUnavailable, "the upstream does not tell its replication id");
  auto info = journal::parse_replication_info(text);
  if (!info.ok()) return info.error();
  auto history = upstream_.check_history(info.value());
  if (!history.ok()) return history.error();
  history_ = history.value();
  handshake_.update(std::move(info).value());
  state_.enter(LinkState::Trust::kKnown);
  upstream_.worker().resume_waiting_for_link();
  return {};
}

bool UpstreamLink::pause_reading_for(Session& session) {
  if (!state_.is_ready()) return false;
  if (paused_by_ != nullptr) return false;
  paused_by_ = &session;
  stream_.read_stop();
  timer_.start_once(kPauseMaxMs);
  return true;
}

void UpstreamLink::resume_reading(bool in_time) {
  if (paused_by_ == nullptr) return;
  std::exchange(paused_by_, nullptr)->reader_wait_over(in_time);
  if (!state_.is_ready()) return;
  timer_.stop();
  stream_.read_start();
}

}  // namespace holdfast::proxy
