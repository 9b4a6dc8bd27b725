#include "journal/journal.h"

#include <thread>

#include "journal/journal_thread.h"
#include "journal/nudge.h"
#include "journal/publication.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

class Journal::Impl {
 public:
  Impl(const config::Upstream& upstream, FileSystem& files, std::shared_ptr<const tls::Credentials> tls)
      : upstream_(upstream), thread_body_(upstream_, files, publication, nudge, stop_, std::move(tls)) {}
  ~Impl() { stop(); }

  void start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { thread_body_.run(); });
  }
  void stop() {
    stop_.request();
    if (thread_.joinable()) thread_.join();
  }

  Publication publication;
  Nudge nudge;

 private:
  const config::Upstream upstream_;  // a copy: the caller's configuration may be replaced
  StopSignal stop_;
  JournalThread thread_body_;
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
MembershipAnswer Journal::check_membership(const ReplicationInfo& info) const {
  return impl_->publication.check_membership(info);
}

}  // namespace holdfast::journal
