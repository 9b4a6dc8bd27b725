// One connection to the upstream and the queue of replies that it owes.
//
// Shared by many sessions, or lent to one (private). Requests are gathered during a turn of the loop and
// leave in one write at its end (flush). Replies are framed as they come and handed to their sessions
// straight from the read buffer. A link that is lent may also carry what the server sends without being asked
// (upstream_link_pushes.cc).
//
// Its states: link_state.h. Owned by a LinkGroup or PrivateLinks, which frees it after link_closed(). One
// worker's thread.
#pragma once

#include <memory>
#include <string>

#include "net/stream.h"
#include "net/timer.h"
#include "policy/key_prefix.h"
#include "proxy/link_handshake.h"
#include "proxy/link_state.h"
#include "proxy/pending_queue.h"
#include "proxy/push_frames.h"
#include "resp/reply_framer.h"

namespace holdfast::proxy {

class Upstream;
struct Execution;

// What a reply to the session means beyond itself.
enum class Told : uint8_t { kTrackingOn, kTrackingOff, kMonitoring, kNoTouchOn, kNoTouchOff };

class UpstreamLink final : public net::Stream::Handler, public net::Stream::Connector {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The handshake is over and the server's data belongs to the journal's history.
    virtual void link_ready(UpstreamLink& link) = 0;
    // It takes no more requests; all that it owed has been answered. Not to be freed yet.
    virtual void link_lost(UpstreamLink& link, const Error& error) = 0;
    // Now it may be freed.
    virtual void link_closed(UpstreamLink& link) = 0;
  };

  UpstreamLink(Upstream& upstream, Owner& owner, LinkKey key);
  ~UpstreamLink() override;

  void connect();
  // Gives up: pending replies are answered with UNCERTAIN. link_lost() is not called, link_closed() is.
  void close();

  bool is_ready() const { return state_.is_ready(); }
  bool is_closed() const { return state_.is_closed(); }
  int protocol() const { return protocol_; }
  bool is_for_kill() const { return for_kill_; }
  const ServerFacts& facts() const { return handshake_.facts(); }
  // The journal's history (journal::Watermark) that this server's offsets were found to belong to.
  uint64_t history() const { return history_; }
  // Asks the server whose history it has now, once at a time. If it is another one than the journal's, the
  // link is lost.
  void ask_identity();
  bool was_refused_database() const { return handshake_.database_refused(); }
  bool was_refused_login() const { return handshake_.login_refused(); }
  // As whom it has logged in; null: as the user of upstream.url.
  const std::shared_ptr<const UpstreamLogin>& login() const { return login_; }

  // --- What sessions put in, in the order in which it is to be answered ---
  // The request's bytes follow through append(), before the turn ends.
  void expect_reply(Session& session, uint64_t now_ns);
  // The answer to MULTI: an error ends the session, see take_replies().
  void expect_multi_reply(Session& session, uint64_t now_ns, bool quiet);
  void expect_gated_reply(Session& session, uint64_t now_ns, uint64_t barrier, bool read);
  // `barrier` 0: not held. `of_queued`: of EXEC.
  void expect_rewritten_reply(Session& session, uint64_t now_ns, uint64_t barrier, bool read,
                              policy::ReplyForm form, const std::string& of_queued, bool adds_info);
  void expect_replaced_reply(Session* session, std::string text);
  void answer_in_place(Session& session, std::string text);
  void append(const char* data, size_t size);
  // Asks for the offset: the answer goes to the gate as `barrier`.
  void append_barrier(uint64_t barrier);
  // The same for the open barrier of this turn, if there is one, at this place in the stream.
  void flush_barrier();
  // What follows is done as the user of upstream.url, until step_back(); no other request between them. Only
  // on a link with a login of its own that is not the client's.
  void step_out() { change_login(false); }
  void step_back() { change_login(true); }
  // Changes the database or protocol of a private link; the replies are swallowed.
  void select(int database);
  // A command that changes nothing, whose reply is swallowed.
  void change_nothing();
  void change_to(LinkKey key);
  int database() const { return database_; }

  // --- Only on a link lent to one session ---
  // From here on the server may send what nobody asked for: it goes to the session.
  void begin_pushes(Session& session);
  bool carries_pushes() const { return pushes_ != nullptr; }
  // Is there a subscription, or may a request on its way have made one?
  bool may_be_subscribed() const {
    return pushes_ != nullptr && (subscribing_ > 0 || pushes_->subscriptions.total() > 0);
  }
  // What Redis has confirmed so far.
  const Subscriptions& subscriptions() const;
  // By name; null where nobody needs them.
  const SubscribedNames* subscribed_names() const { return pushes_ != nullptr ? pushes_->names() : nullptr; }
  // Is a request on its way that may subscribe to more?
  bool is_subscribing() const { return subscribing_ > 0; }
  // `count` confirmations, 0 for those of an UNSUBSCRIBE of everything. `quiet`: an error stays unsaid.
  void expect_confirmations(Session& session, FrameKind kind, size_t count, bool quiet);
  void expect_told_reply(Session& session, Told about, uint64_t now_ns, bool quiet);
  // The session closes if this is not refused.
  void expect_refusal(Session& session, uint64_t now_ns, bool quiet);
  // The answer to EXEC, in parts; its request follows through append().
  void expect_execution(Session& session, Execution& execution);
  // EXEC has changed it.
  void is_now_in(int protocol) { protocol_ = protocol; }
  // Asks in which database the link is now and tells the session.
  void ask_place(Session& session);
  // The same when Redis lets a subscriber ask (RESP2: once it is none).
  void ask_place_later() { owes_place_ = true; }
  // The reply to CLIENT TRACKINGINFO, whose request follows through append().
  void expect_tracking_info(Session& session);
  // Sends RESET, and then the login again: Redis forgets all that it keeps for this connection, but not its
  // id. `quiet`: the answer stays unsaid.
  void reset(Session& session, uint64_t now_ns, bool quiet);
  // Makes it fit for another session, or answers false: then it is to be closed.
  bool make_clean();
  void taint() { state_.taint(); }
  bool is_tainted() const { return state_.is_tainted(); }
  // How the server calls this connection; 0 if it has not said.
  uint64_t upstream_id() const { return handshake_.facts().client_id; }

  // The barrier for gated requests of this turn, 0 when none was opened yet.
  uint64_t open_barrier() const { return open_barrier_; }
  void set_open_barrier(uint64_t barrier) { open_barrier_ = barrier; }

  // The bytes of one large request pass over several turns: nothing else may be put between them. Only on
  // a link lent to the session that sends it.
  void begin_large_request() { in_large_request_ = true; }
  void end_large_request();

  // Makes a script or library known to the server; what it says against that is logged.
  void preload(const config::ScriptFile& script);
  // Ends the wait of the client that blocks on another link of this upstream, with -UNBLOCKED or as if its
  // time were over.
  void unblock(uint64_t client_id, bool with_error = true);
  // Twice a second or so, on a shared link that is ready: asks whether Redis answers, and notices when it
  // has not for connect_timeout.
  void check_health();
  // Asks for what EvictionWatch wants to know.
  void ask_eviction();

  // From here on, what is gathered while a barrier is unanswered waits for the answer: Redis is busy with
  // what it has, and gets the rest in fewer and larger pieces. For links of many sessions.
  void send_one_batch_at_a_time() { one_batch_ = true; }
  // Sends what was gathered. Called at the end of the turn.
  void flush();
  // True when too much is waiting to be sent: the session is resumed when there is room again.
  bool must_wait_for_room() { return is_congested() && (room_wanted_ = true); }
  bool owes_replies() const { return !pending_.empty(); }

  // A large reply waits for its slow reader: reading stops until resume_reading(), but only for a bounded
  // time, since others may share the link. False when the link is not in use.
  bool pause_reading_for(Session& session);
  void resume_reading(bool in_time = true);

 private:
  static constexpr size_t kCongestedBytes = 4 * 1024 * 1024;
  static constexpr size_t kBatchBytes = 64 * 1024;  // more than that does not wait
  static constexpr uint8_t kLoginBack = 1;          // Pending::about of a kReplace

  std::span<char> stream_buffer() override;
  void stream_read(size_t size) override;
  void stream_ended(const Error* error) override;
  void stream_drained() override;
  void stream_closed() override;
  void stream_connected(const Error* error) override;

  bool waits_for_barrier() const {
    return one_batch_ && barriers_in_flight_ > 0 && out_.size() < kBatchBytes;
  }
  bool is_congested() const { return out_.size() + stream_.queued_bytes() >= congested_bytes_; }
  void tell_room();
  void lose(const Error& error);
  void fail_pending();
  // False, with the error, when the link can go on no more.
  Status take_replies(const char* data, size_t size);
  // The same while pushes may come between the replies.
  Status take_replies_and_pushes(const char* data, size_t size);
  Status take_frame(std::string_view piece, bool complete, uint64_t now_ns);
  void take_confirmation(FrameKind kind);
  void ask_owed_place();
  // Answers how much of `input` was the head of EXEC's array; 0: something else comes first.
  Result<size_t> take_execution_head(std::string_view input);
  // EXEC was answered as a whole: its parts will not come.
  void drop_execution();
  // Every kind but kReply, kGatedReply and kLocal.
  Status take_special_reply(Pending& pending, std::string_view piece, uint64_t now_ns);
  void deliver_told(Pending& pending, std::string_view piece, bool complete);
  Status take_own_reply(Pending& pending, const char* data, size_t size, bool complete);
  Status finish_handshake();
  Status take_identity(std::string_view reply);
  Status take_place(Session& session, std::string_view reply);
  void take_health(std::string_view reply);
  void set_silent(bool silent);
  void register_own();
  Pending& push_replaced(Session* session);
  void begin_flush();
  void show_pending();
  Pending& push_pending(Pending::Kind kind, Session* session, uint64_t now_ns, uint64_t barrier);
  void pop_pending();
  void change_login(bool own);
  void login_is_back();
  void queue_flush();
  void timer_fired();

  Upstream& upstream_;
  Owner& owner_;
  int database_;
  int protocol_;
  const bool for_kill_;
  const std::shared_ptr<const UpstreamLogin> login_;
  LinkState state_;
  bool reply_begun_ = false;   // bytes of the front's current reply have already gone to its session
  bool flush_queued_ = false;  // the worker has this link on its list for the end of the turn
  bool in_large_request_ = false;
  bool room_wanted_ = false;  // sessions wait for room
  // 0 while Redis has not said that the link is its own user's again: a request that came in between would be
  // done with Holdfast's rights if it is not (see change_login()).
  size_t congested_bytes_ = kCongestedBytes;
  uint32_t returning_ = 0;        // logins that are on their way back
  bool silent_ = false;           // has not answered for connect_timeout
  uint64_t health_asked_ns_ = 0;  // 0: nothing is asked now
  uint64_t heard_ns_ = 0;         // when it last sent anything
  uint64_t history_ = 0;
  uint64_t open_barrier_ = 0;
  PendingQueue pending_;
  size_t unsent_ = 0;         // entries at the back of pending_ whose requests are still in out_
  uint32_t flush_ = 0;        // the number of what out_ is to be written as (sent_requests.h)
  uint32_t requests_ = 0;     // in out_
  size_t shown_pending_ = 0;  // as they are counted
  bool gated_ = false;        // a barrier is among them
  bool one_batch_ = false;
  uint32_t barriers_in_flight_ = 0;  // sent and not answered
  uint32_t barriers_gathered_ = 0;   // in out_
  bool begins_inside_ = false;       // out_ begins in the middle of a large request
  std::string out_;                  // requests of this turn
  std::string local_name_;           // as OwnConnections knows it
  std::string own_reply_;            // a reply to Holdfast itself that came in pieces
  resp::ReplyFramer framer_;
  LinkHandshake handshake_;
  std::unique_ptr<PushFrames> pushes_;
  Session* pushes_to_ = nullptr;
  bool owes_place_ = false;   // see ask_place_later()
  uint32_t subscribing_ = 0;  // requests that wait for confirmations
  Session* paused_by_ = nullptr;
  net::Timer timer_;  // the connect timeout, later the end of a pause
  net::Stream stream_;
};

}  // namespace holdfast::proxy
