// Questions of one session about the sessions of all workers: each worker answers on its own thread, the last
// one to answer hands the result to the asker's worker.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "proxy/session.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kAskAgainMs = 2;

struct Gathering {
  std::mutex mutex;
  SessionAnswer answer;      // guarded by mutex
  std::atomic<size_t> open;  // workers that have not answered
};

}  // namespace

void Worker::ask_workers(const SessionQuery& query) {
  auto gathering = std::make_shared<Gathering>();
  gathering->open = peers_.size();
  const auto answered = [this, gathering, asker = query.asker] {
    if (gathering->open.fetch_sub(1) > 1) return;
    // Also on this thread not at once: the asker is in the middle of its request.
    post([this, gathering, asker] {
      const auto session = sessions_.find(asker);
      if (session == sessions_.end()) return;
      const std::lock_guard lock(gathering->mutex);
      std::sort(gathering->answer.lines.begin(), gathering->answer.lines.end());
      session->second->query_answered(std::move(gathering->answer));
    });
  };
  for (const auto& peer : peers_) {
    Worker* const worker = peer.get();
    const auto answer = [worker, gathering, answered, query] {
      SessionAnswer own = worker->answer_query(query);
      {
        const std::lock_guard lock(gathering->mutex);
        gathering->answer.add(std::move(own));
      }
      answered();
    };
    if (worker == this)
      answer();
    else if (!worker->post(answer))
      answered();  // it has ended, and has no sessions
  }
}

void Worker::ask_workers_later(const SessionQuery& query) {
  to_ask_.push_back(query);
  if (!ask_timer_->is_active()) ask_timer_->start_once(kAskAgainMs);
}

SessionAnswer Worker::answer_query(const SessionQuery& query) {
  SessionAnswer answer;
  for (const auto& [id, session] : sessions_) session->answer_query(query, answer);
  return answer;
}

}  // namespace holdfast::proxy
