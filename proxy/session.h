// One client's connection: its requests in, its replies out, in order.
//
// Requests come from the worker's read buffer; only an incomplete tail is kept here, so an idle session
// holds no buffer. A request that has to wait (for this session's earlier replies, for a link) stays in
// the tail and is looked at again from its first byte when the session is resumed: deciding has no side
// effect until the request is taken.
//
// Everything that it can be: session_state.h. Owned by the Worker, which frees it once its stream is closed
// and no link owes it a reply. One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "base/result.h"
#include "net/stream.h"
#include "net/timer.h"
#include "policy/command_table.h"
#include "policy/key_prefix.h"
#include "policy/token_bucket.h"
#include "policy/users.h"
#include "proxy/environment.h"
#include "proxy/execution.h"
#include "proxy/held_replies.h"
#include "proxy/link_handshake.h"
#include "proxy/output_limit.h"
#include "proxy/session_query.h"
#include "proxy/session_state.h"
#include "proxy/transaction.h"
#include "resp/command_framer.h"

namespace holdfast::net {
class Listener;
}

namespace holdfast::proxy {

class LinkGroup;
class UpstreamLink;
class Worker;

class Session final : public net::Stream::Handler {
 public:
  Session(Worker& worker, Environment& environment, uint64_t id);
  ~Session() override;

  // Takes the waiting connection. On an error the session is to be freed.
  Status accept(net::Listener& listener);
  // After accept(): false when its address, or everybody's user, has as many clients as it may have.
  bool enter_by_name();
  // Takes no more input and closes when what it owes is out.
  void leave();
  // Called again and again after SIGTERM: leaves once the client has been idle for two calls in a row, owes
  // nothing and is owed nothing; at once at the `last_call`. A client that blocks in Redis is woken with
  // -UNBLOCKED, since it could block for ever.
  void drain(bool last_call);
  // At once. Idempotent; links that still owe it replies drop them as they come.
  void close();
  bool can_be_freed() const;
  uint64_t id() const { return id_; }
  const Environment& environment() const { return environment_; }
  Environment& environment() { return environment_; }
  bool is_over() const { return state_.is_over(); }
  // Who the client's certificate is for; empty unless client_ca asks for one.
  std::string tls_name() const { return stream_.tls_peer_name(); }
  const net::Stream& stream() const { return stream_; }

  // --- From links ---
  void entry_added() { ++entries_; }
  void entry_done();
  // Bytes of replies, in order; not necessarily whole ones.
  void deliver(const char* data, size_t size);
  void deliver_failure(std::string_view error);
  void hold(uint64_t barrier, std::string_view bytes, uint32_t replies, const Asked& asked, bool read);
  void replies_came(const Asked& asked, uint64_t now_ns, uint32_t replies);
  // They took longer than slow_log_threshold.
  [[gnu::cold]] void were_slow(const Asked& asked, uint64_t now_ns, uint32_t replies);
  // Part of a large reply was delivered: if the client is behind, the link waits for it.
  void wait_for_reader(UpstreamLink& link);
  // `in_time`: the client has caught up. If not, no link waits for it again; what it does not read is kept
  // for it, up to the limit at which it is disconnected.
  void reader_wait_over(bool in_time) {
    waiting_link_ = nullptr;
    slow_reader_ = !in_time;
  }
  void own_link_lost(const Error& error);

  // --- From the own link ---
  // What Redis sends without being asked.
  void deliver_push(std::string_view bytes, bool complete);
  // A whole reply of which names have to be rewritten; behind a barrier unless that is 0.
  // `adds_info`: with a section of Holdfast's own at its end.
  void deliver_rewritten(std::string_view reply, policy::ReplyForm form, std::string_view of_queued,
                         uint64_t barrier, bool read, const Asked& asked, bool adds_info);
  // The reply to a command that changes what Redis keeps for the own link.
  void told(Told about, bool ok);
  // EXEC has left the own link in this database.
  void moved_to(int database);
  // The answer to CLIENT TRACKINGINFO, and the push that says that a redirection is broken: with Redis's id
  // of the connection instead of ours.
  std::string with_own_ids(std::string_view bytes) const;
  // A reply on the own link, or a part of it.
  void deliver_own(std::string_view bytes);
  // EXEC runs what execution_ is about: the head of its answer.
  void begin_execution(std::string_view head);
  bool has_sent_execution() const { return execution_ != nullptr && execution_->sent; }
  bool execution_has_begun() const { return execution_ != nullptr && execution_->begun; }
  uint32_t commands_queued() const { return execution_->queued; }
  // The next of its commands that Holdfast answers itself has its turn; what Redis says to its stand-in.
  void run_queued(std::string_view reply);
  // All of its answer is there, or it was not run.
  void end_execution();
  // Instead, the whole answer (or a part of it) of an EXEC that Redis has not run.
  void deliver_not_executed(std::string_view bytes);
  // The link is lost: this is the answer.
  void fail_execution(std::string_view error);
  bool is_monitoring() const { return state_.holds(SessionState::kMonitoring); }

  // --- From the gate ---
  void barrier_settled(uint64_t barrier, bool durable);
  uint64_t ack_timeout_ns() const;

  // --- From the worker ---
  // A reload has replaced what the environment says; `rules_changed`: and what may be done in it.
  void policy_changed(bool rules_changed);
  // The environment has made its plans anew, for the same rules.
  void plans_changed();
  // What this session has to say about another one's question, see session_query.h.
  void answer_query(const SessionQuery& query, SessionAnswer& answer);
  // Its own question is answered.
  void query_answered(SessionAnswer answer);
  // Something this session may have waited for has happened. Called at the end of a turn.
  void resume();
  bool waits_for_link() const { return state_.wait() == Wait::kLink; }
  bool refers_to(const LinkGroup& group) const { return group_ == &group || asked_group_ == &group; }
  bool waits_for_room() const { return state_.wait() == Wait::kRoom; }
  bool is_queued_to_resume = false;

 private:
  using Wait = SessionState::Wait;
  using Life = SessionState::Life;
  using Input = SessionState::Input;
  using Activity = SessionState::Activity;
  enum class Step : uint8_t {
    kForward,           // the request's bytes go to `target_`
    kDone,              // the request was answered here
    kSkipRest,          // answered, and nothing that follows is read
    kWait,              // not taken: wait_ says for what
    kForwardRewritten,  // the same, but in the words of worker_.rewritten()
    kGather,            // of a large request: to be decided when all of it is here
  };
  using Arguments = std::span<const std::string_view>;

  std::span<char> stream_buffer() override;
  void stream_read(size_t size) override;
  void stream_ended(const Error* error) override;
  void stream_drained() override;
  void stream_closed() override;

  // session_input.cc: bytes to requests.
  void process(const char* data, size_t size);
  size_t pass_large_request(const char* data, size_t size);
  void append_rewritten();
  void end_own_request();
  size_t pass_to_gathered(const char* data, size_t size, bool complete);
  Step begin_large_request(Arguments known, std::string_view begin, uint64_t bytes);
  void keep_tail(const char* data, size_t size);

  // session_requests.cc: requests to links and answers.
  Step take(Arguments arguments);
  Step take_unusual(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step take_special(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step take_audited(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step take_large(Arguments known, size_t arguments, uint64_t bytes);
  Step wait_for(Wait what);
  Step forward(policy::CommandId id, const CommandPlan& plan);
  Step forward_shared(policy::CommandId id, const CommandPlan& plan);
  Step answer(policy::CommandId id, std::string text,
              metrics::RequestVerdict verdict = metrics::RequestVerdict::kAllowed);
  Step unsupported(policy::CommandId id, std::string_view why);
  Step refuse(policy::CommandId id, Arguments arguments);
  Step refuse_halted(policy::CommandId id, Arguments arguments);
  void count_allowed(policy::CommandId id, const CommandPlan& plan);
  void tell_audit_of_taken(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  // The journal, or Redis, cannot take it now.
  Step unavailable(policy::CommandId id, std::string text, metrics::RefusalReason reason,
                   std::string_view rule = {});
  // session_audit.cc: a refusal, or in audit mode what would be one, for the metrics, the dashboard and the
  // audit log. `rule` and `where` may be empty.
  [[gnu::cold]] void tell_refused(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                                  std::string_view rule, std::string_view where);
  [[gnu::cold]] void tell_observed(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                                   std::string_view rule, std::string_view where);
  void count_refusal(metrics::RefusalReason reason, policy::CommandId id, Arguments arguments,
                     std::string_view rule, bool observed);
  // For the audit log, if there is one. An empty `user` is who the session is.
  [[gnu::cold]] void tell_audit(audit::Kind kind, policy::CommandId id, Arguments arguments,
                                std::string_view verdict, std::string_view rule, std::string_view where,
                                std::string_view user = {});
  bool journal_takes(Gating& gating, UpstreamLink& link);
  void expect(UpstreamLink& link, Gating gating);
  void expect_unusual(UpstreamLink& link, Gating gating);

  metrics::SessionKind kind() const;
  // After anything that kind() looks at may have changed.
  void show_kind();

  // session_holdfast.cc: about Holdfast itself.
  Step take_holdfast_command(policy::CommandId id, Arguments arguments);
  Step explain(policy::CommandId id, Arguments asked);
  Step slow_log(policy::CommandId id, Arguments arguments);
  Step take_info(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  std::string with_own_info(std::string_view reply) const;

  // session_times.cc
  void note_slow(const HeldReplies::Released& slow, uint64_t now_ns);
  [[gnu::cold]] void sample_key(policy::CommandId id, Arguments arguments);

  // session_look.cc: requests that are decided by their arguments.
  Step look(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step refuse_evictable(policy::CommandId id, const policy::KeyspaceVerdict& verdict);
  Step take_prefixed(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step take_looked_at(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step begin_gathering(policy::CommandId id, uint64_t bytes);
  Step too_large_to_look_at(policy::CommandId id);
  bool gather(const char* data, size_t size);
  Step take_gathered();
  void drop_gathered();

  // session_limits.cc: how often, how much, how many.
  policy::TokenBucket& bucket(size_t index, std::string_view limit, const config::Rate& rate, uint64_t burst,
                              config::LimitPer per);
  // The rule that refuses, or in audit mode would.
  struct RuleName {
    std::string name;
    std::string where;
    metrics::RefusalReason reason = metrics::RefusalReason::kLimit;
  };
  std::optional<std::string> exceeded(policy::CommandId id, Arguments arguments, RuleName& rule);
  std::optional<std::string> unbounded_read(policy::CommandId id, Arguments arguments, RuleName& rule);
  Step refuse_by_rule(policy::CommandId id, Arguments arguments, std::string reply, const RuleName& rule);
  bool may_block();
  void blocks_no_more();
  Step refuse_to_block(policy::CommandId id);
  // session_counts.cc: how many clients of one address, of one user.
  static constexpr std::string_view kPerUserRule = "max_clients_per_user";
  static constexpr std::string_view kTooManyOfUser = "ERR max number of clients reached: user";
  std::string address() const;
  bool count_address(int max);
  // From now on it counts for this user, and for no other. False: that one has as many as it may have, and
  // nothing has changed; too_many_of() says so.
  bool count_as(std::string_view user);
  bool count_as(std::string_view user, int max);
  void forget_user();
  void forget_address();
  void count_again();
  std::string too_many_of(std::string_view user);
  static bool is_too_many(std::string_view refused);
  // session_scripts.cc: scripts have the rights of their user.
  Step enter_script_login(policy::CommandId id);
  Step leave_script_login();
  bool may_run_scripts();
  Step take_script(policy::CommandId id, const CommandPlan& plan);
  Step refuse_script(policy::CommandId id, std::string_view why);
  LinkKey key_for(int database, int protocol) const;

  // session_own_link.cc: states that Redis keeps for a connection.
  Step need_own_link(policy::CommandId id, bool for_kill = false);
  Step need_room_on_own_link(policy::CommandId id);
  Step forward_on_own_link(policy::CommandId id, const CommandPlan& plan);
  Step forward_may_block(policy::CommandId id, const CommandPlan& plan);
  Step forward_to_be_refused(policy::CommandId id, const CommandPlan& plan);
  static FrameKind confirmation_of(policy::CommandId id);
  bool may_be_subscribed_in_resp2() const;
  Step begin_multi(policy::CommandId id, const CommandPlan& plan);
  Step take_transaction_end(policy::CommandId id, Route route);
  Step watch(policy::CommandId id, const CommandPlan& plan);
  Step subscribe(policy::CommandId id, const CommandPlan& plan, size_t arguments);
  Step monitor(policy::CommandId id, const CommandPlan& plan);
  // After a reload: is it allowed to be subscribed to what it is subscribed to?
  bool may_stay_subscribed() const;
  Step wait_for_replicas(policy::CommandId id, const CommandPlan& plan);
  bool own_link_is_idle() const;
  void release_own_link_if_idle();
  bool must_wait_for_kill(Route route);
  void borrow_own_link(UpstreamLink& link);
  UpstreamLink& lose_own_link();

  // session_execution.cc: what is unusual inside a transaction.
  Step queue_unusual(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step queue_local(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  Step queue_as(QueuedCommand::Kind kind, policy::CommandId id, const CommandPlan& plan,
                QueuedCommand command = {});
  void end_transaction();
  Step ask_for_queued();
  void execute(Gating gating);
  void gather(std::string_view bytes);
  bool is_executing() const { return execution_has_begun(); }

  // session_tracking.cc: CLIENT TRACKING and what goes with it.
  Step track(policy::CommandId id, const CommandPlan& plan, Arguments arguments);
  // kForward: Redis has a name for the session that is meant, or will refuse the one that `redirect` has.
  Step find_target(Redirect& redirect);
  // False: not yet.
  bool become_target();
  Step tracking_info(policy::CommandId id, const CommandPlan& plan);
  Step no_touch(policy::CommandId id, const CommandPlan& plan, Arguments arguments);

  // session_clients.cc: CLIENT and what it shows of sessions.
  Step take_client_command(policy::CommandId id, Route route, Arguments arguments);
  Step list_clients(policy::CommandId id, Arguments arguments);
  Step kill_clients(policy::CommandId id, Arguments arguments);
  void kill_found(const SessionAnswer& found);
  Step unblock_client(policy::CommandId id, Arguments arguments);
  Step set_replies(policy::CommandId id, Arguments arguments);
  Step answer_text(policy::CommandId id, std::string_view text);
  // kForward: query_answer_ has it. At most one question at a time.
  // `again`: a little later, since the last answer was not enough.
  Step ask_workers(SessionQuery query, bool again = false);
  ClientInfo info() const;
  // What CLIENT LIST, KILL or UNBLOCK has to ask; the error reply if its options are wrong.
  std::string parse_query(Route route, Arguments arguments, SessionQuery& query) const;

  // session_login.cc: who the client is.
  static constexpr std::string_view kDefaultUser = "default";
  void log_in(const policy::User* user);
  void log_in_by_certificate();
  // As whom a connection begins, and goes on after RESET: see session_counts.cc.
  const policy::User* first_user() const;
  // Must it say who it is before anything else?
  bool is_nobody() const;
  Step auth(policy::CommandId id, Arguments arguments);
  // kForward: it is logged in as this user, or `refused` is the error reply.
  Step log_in_with(policy::CommandId id, std::string_view user, std::string_view password,
                   std::string& refused);
  // Those two alone: `refused`, or the user that it is; null where nobody logs in.
  const policy::User* check_login(std::string_view user, std::string_view password, std::string& refused);
  // The same with auth = "passthrough": Redis says who this is.
  Step pass_login(std::string_view user, std::string_view password, std::string& refused);
  // Who says nothing is `default`, if that user needs no password. kForward: it is, or `refused` says why
  // not.
  Step begin_as_default_user(std::string& refused);
  Step refuse_nobody(policy::CommandId id, Arguments arguments, std::string why);
  Step refuse_user(policy::CommandId id, Arguments arguments, const policy::AclVerdict& verdict);
  void log_denial(std::string_view reason, std::string_view object, std::string_view user);
  std::string_view user_name() const;

  // session_acl.cc: ACL, about the users of the environment.
  Step take_acl_command(policy::CommandId id, Arguments arguments);
  std::string dry_run(Arguments arguments) const;
  std::string acl_log(Arguments arguments);

  // session_connection.cc: what a session answers about itself.
  Step take_connection_command(policy::CommandId id, Route route, Arguments arguments);
  Step switch_group(policy::CommandId id, LinkKey key);
  Step select(policy::CommandId id, Arguments arguments);
  struct HelloOptions {
    int protocol = 0;  // 0: stays as it is
    std::optional<std::string_view> name;
    std::optional<std::pair<std::string_view, std::string_view>> login;
  };
  // The error reply, or nothing; what comes before what is wrong is in `options`.
  static std::string parse_hello(Arguments arguments, HelloOptions& options);
  Step hello(policy::CommandId id, Arguments arguments);
  Step reset(policy::CommandId id);
  std::string hello_reply(const ServerFacts& facts) const;

  // session_output.cc
  void send(std::string_view bytes);
  void send_ready();
  void close_if_done();
  void check_output_limit();
  // How far behind a client may fall with reading before it is disconnected.
  size_t output_bytes_max() const { return environment_.config().output_buffer_limit_bytes; }
  // Logs what this client did wrong.
  [[gnu::cold]] void report(std::string_view what, std::string_view why);
  size_t slot() const;

  Worker& worker_;
  Environment& environment_;
  const uint64_t id_;
  LinkGroup* group_;
  // Null: not logged in, or auth asks nobody. The plans are those of this user.
  const policy::User* user_;
  const CommandPlan* plans_;  // by CommandId
  SessionState state_;
  uint8_t protocol_ = 2;
  bool slow_reader_ = false;         // others on the shared link have waited for it long enough
  bool limits_paid_ = false;         // the request that waits has taken its tokens
  bool login_done_ = false;          // the HELLO that waits has logged in
  bool counts_as_blocking_ = false;  // see may_block()
  bool told_audit_ = false;          // of the request that is being taken
  bool stepped_out_ = false;  // the request that is being taken goes as another user, see take_prefixed()
  bool no_evict_ = false;     // what CLIENT NO-EVICT was told
  metrics::SessionKind shown_kind_ = metrics::SessionKind::kPlain;  // as it is counted
  policy::CommandId last_command_ = policy::kUnknownCommand;
  int database_ = 0;
  uint32_t entries_ = 0;                 // in links' queues
  uint64_t needed_ = 0;                  // bytes of the tail's request before parsing again makes sense
  UpstreamLink* unsure_link_ = nullptr;  // to be asked which server it reaches, at the end of process()
  UpstreamLink* target_ = nullptr;
  UpstreamLink* own_link_ = nullptr;
  LinkGroup* asked_group_ = nullptr;      // the group that a SELECT or HELLO has waited for
  UpstreamLink* waiting_link_ = nullptr;  // it waits for this client to read
  Redirect redirect_, next_redirect_;
  uint64_t accepted_ns_ = 0;
  uint64_t last_read_ns_ = 0;
  Transaction transaction_;
  std::string tail_;
  std::string name_, library_, library_version_;
  std::unique_ptr<SessionAnswer> query_answer_;
  std::unique_ptr<Execution> execution_;
  OutputLimit output_limit_;
  std::unique_ptr<net::Timer> output_timer_;  // while the soft limit is exceeded
  std::string own_link_problem_;              // the error reply for the request that needed an own link
  std::unique_ptr<HeldReplies> held_;
  std::unique_ptr<resp::CommandFramer> large_;
  std::vector<std::shared_ptr<policy::TokenBucket>> buckets_;  // by limit; that of unbounded reads is last
  std::unique_ptr<std::string> counted_address_, counted_user_;
  policy::ReplyForm form_ = policy::ReplyForm::kPlain;  // of the reply to the request that is being taken
  std::string forms_of_queued_;                         // of EXEC
  bool adds_info_ = false;                              // to the reply to INFO that is being taken
  std::unique_ptr<std::string> push_;                   // the beginning of one that has to be rewritten
  std::unique_ptr<std::string> gathered_;               // of a large request that is to be looked at
  net::Stream stream_;
};

}  // namespace holdfast::proxy
