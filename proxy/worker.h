// One event loop with its own listeners, sessions and upstream links, on a thread of its own. Workers
// share nothing on the hot path.
//
// Owned by Proxy. Methods under "From any thread" may be called from any thread; everything else runs on
// the worker's thread.
//
// The turn of the loop: I/O callbacks read requests into links' buffers and replies out to sessions; then
// turn_ended() resumes the sessions that waited for something, lets each link write what it has gathered,
// and frees what has closed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "audit/audit_log.h"
#include "config/config.h"
#include "journal/journal.h"
#include "metrics/posture_state.h"
#include "metrics/worker_stats.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/turn_end.h"
#include "net/wakeup.h"
#include "policy/key_positions.h"
#include "policy/policy.h"
#include "proxy/environment.h"
#include "proxy/held_replies.h"
#include "proxy/policy_snapshot.h"
#include "proxy/self_report.h"
#include "proxy/sent_requests.h"
#include "proxy/session_query.h"
#include "proxy/transparent_entry.h"
#include "proxy/upstream.h"
#include "resp/request_parser.h"
#include "tls/credential_set.h"

namespace holdfast::proxy {

class Session;

class Worker final : public net::TurnEnd::Handler, public net::Listener::Handler {
 public:
  static constexpr size_t kReadBufferBytes = 256 * 1024;
  // Of all its sessions together, see gathers_more().
  static constexpr uint64_t kGatheredBytesMax = 256 * 1024 * 1024;

  struct Setup {
    const config::Config& config;
    std::vector<std::shared_ptr<const policy::Policy>> policies;  // by environment
    std::vector<journal::Journal*> journals;                      // by upstream; may be null
    std::vector<ClientLimit>& clients;                            // by environment
    const std::vector<std::unique_ptr<Worker>>& workers;          // all of them, complete before any starts
    const tls::CredentialSet& tls;
    audit::AuditLog& audit;  // with a recorder for each worker
    metrics::LiveLists& lists;
    const SelfReport& self;
  };

  Worker(int index, const Setup& setup);
  ~Worker() override;

  // --- From any thread ---
  // `finished` is called on the worker's thread as its last act.
  void start(std::function<void()> finished);
  // `transparent`: it takes only connections that were redirected from the upstream's address.
  void add_listener(size_t environment, net::ListenSocket socket, bool transparent);
  // Stops accepting, lets sessions finish what is in flight, and ends the thread: at the latest when
  // drain_timeout is over.
  void drain();
  // The other process that listened at this address has left.
  void has_taken_over(const Endpoint& endpoint);
  // `done` is called on the worker's thread once all its sessions go by the new policies, with the number of
  // those that had to be closed; at once and on this thread when the worker has ended.
  void adopt(std::shared_ptr<const PolicySnapshot> snapshot, std::function<void(size_t closed)> done);
  // See Proxy; null: they are taken.
  void halt_writes(size_t upstream, std::shared_ptr<const metrics::WriteHalt> halt);
  void join();
  const metrics::WorkerStats& stats() const { return stats_; }

  // --- From sessions, links and gates ---
  int index() const { return index_; }
  size_t workers() const { return static_cast<size_t>(config_.server.workers); }
  net::Loop& loop() { return loop_; }
  // When this turn began, in monotonic nanoseconds.
  uint64_t now_ns();
  // Where a read puts its bytes; what is not used before the callback returns is overwritten.
  std::span<char> read_buffer() { return {read_buffer_.get(), kReadBufferBytes}; }
  resp::RequestParser& parser() { return parser_; }

  SentRequests& sent_requests() { return sent_; }
  // A link has sent `bytes`. `gated`: with a question for the journal; `begins_inside`: in the middle of a
  // request.
  void flushed(uint32_t flush, std::string_view bytes, bool gated, bool begins_inside) {
    flushed_.push_back(flush);
    if (slow_ns_ != 0 && !begins_inside) sent_.keep(flush, bytes, gated);
  }
  // What arrived before that has taken longer than slow_log_threshold.
  uint64_t slow_before(uint64_t now_ns) const {
    return slow_ns_ != 0 && now_ns > slow_ns_ ? now_ns - slow_ns_ : 0;
  }
  // False: there were enough slow requests in this second.
  bool may_note_slow(uint64_t now_ns);
  metrics::LiveLists& lists() { return lists_; }
  const SelfReport& self_report() const { return self_; }
  // Is it the turn of this request to be looked at for hot keys?
  bool samples_now() { return --until_sample_ == 0; }
  void offer_hot_key(std::string_view key);
  void sampled() { until_sample_ = metrics::HotKeys::kSampleEvery; }

  void flush_later(UpstreamLink& link) { links_to_flush_.push_back(&link); }
  void resume_later(Session& session);
  void resume_waiting_for_link();
  bool is_in_use(const LinkGroup& group) const;
  void resume_waiting_for_room();
  // The answer comes to the asker's query_answered(), in a later turn.
  void ask_workers(const SessionQuery& query);
  // The same in a few milliseconds.
  void ask_workers_later(const SessionQuery& query);

  // Requests that are gathered to be looked at: so many bytes more, or less.
  bool gathers_more(uint64_t bytes) const { return gathered_bytes_ + bytes <= kGatheredBytesMax; }
  void gathering(int64_t bytes) { gathered_bytes_ += static_cast<uint64_t>(bytes); }
  policy::KeyUses& key_uses() { return key_uses_; }
  // A request in other words than the client's, until it is appended to a link.
  std::string& rewritten() { return rewritten_; }

  // Answers to one session's requests while its input is being processed: gathered, and sent together.
  void answer_locally(Session& session, std::string_view reply);
  void send_local_replies(Session& session);

  std::unique_ptr<HeldReplies> take_held_replies();
  void recycle(std::unique_ptr<HeldReplies> held);
  // Of this thread.
  audit::Recorder& recorder() { return recorder_; }
  // Something that one of many clients did wrong: logged, but not more often than once a second.
  void log_client_problem(const std::string& text);

 private:
  void turn_ended() override;
  void record_turn();
  void connection_waiting(net::Listener& listener) override;

  void run();
  // False when the worker has ended: the task will not run.
  bool post(std::function<void()> task);
  void run_posted();
  SessionAnswer answer_query(const SessionQuery& query);
  void begin_drain();
  void drain_sessions();
  void close_everything();

  void adopt_now(const PolicySnapshot& snapshot, const std::function<void(size_t closed)>& done);

  const int index_;
  const config::Config& config_;  // as it was at start: of what a reload does not change
  metrics::LiveLists& lists_;
  const SelfReport& self_;
  int64_t drain_timeout_ms_;
  metrics::WorkerStats stats_;
  net::Loop loop_;
  std::vector<ClientLimit>& clients_;
  const std::vector<std::unique_ptr<Worker>>& peers_;  // this one among them
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::vector<std::unique_ptr<Environment>> environments_;
  struct Entry {
    std::unique_ptr<net::Listener> listener;
    size_t environment;  // its index
    bool transparent;
  };
  std::vector<Entry> listeners_;
  TransparentEntry transparent_entry_;
  std::unordered_map<uint64_t, std::unique_ptr<Session>> sessions_;  // by id
  uint64_t next_session_ = 0;

  audit::Recorder& recorder_;
  std::unique_ptr<char[]> read_buffer_;
  resp::RequestParser parser_;
  std::string local_replies_;
  policy::KeyUses key_uses_;
  std::string rewritten_;
  uint64_t gathered_bytes_ = 0;
  std::vector<UpstreamLink*> links_to_flush_;
  SentRequests sent_;
  std::vector<Session*> to_resume_, resuming_;
  std::vector<std::unique_ptr<HeldReplies>> spare_held_;
  uint64_t client_problem_logged_ns_ = 0;
  uint64_t client_problems_unsaid_ = 0;
  uint64_t now_ns_ = 0;   // 0: to be read in this turn
  uint64_t slow_ns_ = 0;  // slow_log_threshold; 0: there is no slow log
  uint32_t until_sample_ = metrics::HotKeys::kSampleEvery;
  uint64_t hot_keys_aged_ns_ = 0;
  uint64_t slow_second_ = 0;
  uint32_t slow_in_second_ = 0;
  std::vector<uint32_t> flushed_;  // in this turn
  bool draining_ = false;
  uint64_t drain_began_ns_ = 0;
  bool closed_ = false;

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by posted_mutex_
  bool takes_posts_ = true;                    // guarded by posted_mutex_
  std::unique_ptr<net::Wakeup> wakeup_;
  std::unique_ptr<net::Timer> drain_timer_;
  std::unique_ptr<net::Timer> hand_over_timer_;  // until nobody can be waiting to be accepted any more
  std::unique_ptr<net::Timer> drain_tick_;
  std::unique_ptr<net::Timer> ask_timer_;
  std::vector<SessionQuery> to_ask_;
  std::unique_ptr<net::TurnEnd> turn_end_;
  std::function<void()> finished_;
  std::thread thread_;
};

}  // namespace holdfast::proxy
