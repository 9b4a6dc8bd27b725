// Links that carry one session's requests only: for transactions, blocking commands and values too large
// to gather. A pool of idle ones is kept; a link that may carry state is closed, not returned. One thread.
#pragma once

#include <memory>
#include <vector>

#include "proxy/upstream_link.h"

namespace holdfast::proxy {

class PrivateLinks final : public UpstreamLink::Owner {
 public:
  explicit PrivateLinks(Upstream& upstream);
  ~PrivateLinks() override;
  void close();

  // False when so many are lent that descriptors could run out for clients, the journal and the admin
  // endpoint.
  bool has_room() const;
  // A link in the session's database and protocol. It may not be ready yet: the session is resumed when
  // it is, or told with own_link_lost().
  UpstreamLink& lend(Session& session, LinkKey key);
  // Nothing in flight, no transaction, no watched key. Kept if the link is clean (UpstreamLink::make_clean),
  // else closed.
  void give_back(UpstreamLink& link);
  // Closed at once, whatever state it has.
  void discard(UpstreamLink& link);

  void recheck();

 private:
  struct Lent {
    std::unique_ptr<UpstreamLink> link;
    Session* session = nullptr;  // nullptr: idle, or on its way out
  };

  void link_ready(UpstreamLink& link) override;
  void link_lost(UpstreamLink& link, const Error& error) override;
  void link_closed(UpstreamLink& link) override;

  Lent& find(const UpstreamLink& link);
  size_t idle_links() const;
  void close_tainted();

  Upstream& upstream_;
  const size_t links_max_;
  std::vector<Lent> links_;
};

}  // namespace holdfast::proxy
