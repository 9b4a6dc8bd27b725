#include "proxy/private_links.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

constexpr size_t kIdleMax = 16;
constexpr size_t kDescriptorReserve = 256;

// As many as clients that each need one: half of the descriptors, less a reserve.
size_t links_max(size_t workers) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return std::max<size_t>(
      (limit.rlim_cur - std::min<size_t>(limit.rlim_cur, kDescriptorReserve)) / 2 / workers, 1);
}

}  // namespace

PrivateLinks::PrivateLinks(Upstream& upstream)
    : upstream_(upstream), links_max_(links_max(upstream.worker().workers())) {}

PrivateLinks::~PrivateLinks() = default;

PrivateLinks::Lent& PrivateLinks::find(const UpstreamLink& link) {
  return *std::find_if(links_.begin(), links_.end(),
                       [&](const Lent& lent) { return lent.link.get() == &link; });
}

size_t PrivateLinks::idle_links() const {
  return static_cast<size_t>(std::count_if(links_.begin(), links_.end(), [](const Lent& lent) {
    return lent.session == nullptr && lent.link->is_ready();
  }));
}

bool PrivateLinks::has_room() const {
  return links_.size() < links_max_ || idle_links() > 0;
}

// Given back while it still owed the answer to a barrier, so it could not be closed then.
void PrivateLinks::close_tainted() {
  for (size_t i = 0; i < links_.size(); ++i) {
    UpstreamLink& link = *links_[i].link;
    if (links_[i].session == nullptr && link.is_ready() && link.is_tainted() && !link.owes_replies())
      link.close();
  }
}

UpstreamLink& PrivateLinks::lend(Session& session, LinkKey key) {
  close_tainted();
  upstream_.stats().private_links.add();
  upstream_.stats().private_links_max.raise_to(upstream_.stats().private_links.get());
  for (Lent& lent : links_) {
    // One that still owes the answer to a barrier holds replies of its last session.
    if (lent.session != nullptr || !lent.link->is_ready() || lent.link->owes_replies() ||
        lent.link->protocol() != key.protocol || lent.link->is_tainted() || lent.link->login() != key.login)
      continue;
    // A busy Redis refuses SELECT.
    if (key.for_kill && lent.link->database() != key.database) continue;
    lent.session = &session;
    lent.link->change_to(key);
    return *lent.link;
  }
  Lent& lent = links_.emplace_back();
  lent.link = std::make_unique<UpstreamLink>(upstream_, *this, key);
  lent.session = &session;
  UpstreamLink& link = *lent.link;
  link.connect();  // may fail at once, and then `lent` may have moved
  return link;
}

void PrivateLinks::give_back(UpstreamLink& link) {
  close_tainted();
  const bool clean = link.make_clean();
  const bool unwanted = !clean || idle_links() >= kIdleMax || link.history() != upstream_.gate().history();
  if ((unwanted && !link.owes_replies()) || link.is_for_kill()) {
    discard(link);
    return;
  }
  find(link).session = nullptr;
  upstream_.stats().private_links.sub();
}

void PrivateLinks::discard(UpstreamLink& link) {
  find(link).session = nullptr;
  upstream_.stats().private_links.sub();
  link.close();
}

void PrivateLinks::link_ready(UpstreamLink& link) {
  if (Session* session = find(link).session; session != nullptr) upstream_.worker().resume_later(*session);
}

void PrivateLinks::link_lost(UpstreamLink& link, const Error& error) {
  Session* session = std::exchange(find(link).session, nullptr);
  if (session == nullptr) return;
  upstream_.stats().private_links.sub();
  session->own_link_lost(error);
}

void PrivateLinks::link_closed(UpstreamLink& link) {
  std::erase_if(links_, [&](const Lent& lent) { return lent.link.get() == &link; });
}

// A lent link may be inside MULTI, where the question would only queue: it is judged when it comes back.
void PrivateLinks::recheck() {
  for (size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].session == nullptr && links_[i].link->is_ready()) links_[i].link->ask_identity();
  }
}

void PrivateLinks::close() {
  for (size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].session == nullptr) links_[i].link->close();
  }
}

}  // namespace holdfast::proxy
