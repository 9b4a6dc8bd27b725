#include "journal/journal.h"

#include <optional>
#include <thread>

#include "journal/journal_thread.h"
#include "journal/nudge.h"
#include "journal/publication.h"
#include "journal/remote_journal.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

class Journal::Impl {
 public:
  Impl(const config::Upstream& upstream, FileSystem& files, std::shared_ptr<const tls::Credentials> tls)
      : upstream_(upstream) {
    if (upstream_.journal.via.empty())
      thread_body_.emplace(upstream_, files, publication, nudge, stop_, std::move(tls));
    else
      remote.emplace(upstream_, publication);
  }
  ~Impl() { stop(); }

  void start() {
    if (thread_body_ && !thread_.joinable()) thread_ = std::thread([this] { thread_body_->run(); });
  }
  void stop() {
    if (remote) remote->stop();
    stop_.request();
    if (thread_.joinable()) thread_.join();
  }

  Publication publication;
  Nudge nudge;
  std::optional<RemoteJournal> remote;

 private:
  const config::Upstream upstream_;  // a copy: the caller's configuration may be replaced
  StopSignal stop_;
  std::optional<JournalThread> thread_body_;
  std::thread thread_;
};

Journal::Journal(const config::Upstream& upstream, std::shared_ptr<const tls::Credentials> tls)
    : Journal(upstream, FileSystem::real(), std::move(tls)) {}
Journal::Journal(const config::Upstream& upstream, FileSystem& files,
                 std::shared_ptr<const tls::Credentials> tls)
    : impl_(std::make_unique<Impl>(upstream, files, std::move(tls))) {}
Journal::~Journal() = default;

void Journal::add_waker(Waker* waker) {
  impl_->publication.add_waker(waker);
}
void Journal::start() {
  impl_->start();
}
void Journal::stop() {
  impl_->stop();
}
void Journal::hurry() {
  impl_->nudge.nudge();
}
const Watermark& Journal::watermark() const {
  return impl_->publication.watermark();
}
const JournalStats& Journal::stats() const {
  return impl_->publication.stats();
}
JournalState Journal::state() const {
  return impl_->publication.state();
}
bool Journal::is_remote() const {
  return impl_->remote.has_value();
}
void Journal::report(uint64_t history, uint64_t acknowledged) {
  impl_->remote->report(history, acknowledged);
}
std::string Journal::rehearsal() const {
  return impl_->publication.rehearsal();
}
MembershipAnswer Journal::check_membership(const ReplicationInfo& info) const {
  if (impl_->remote) return impl_->remote->check_membership(info);
  return impl_->publication.check_membership(info);
}

}  // namespace holdfast::journal
