// The shared links of one worker to one upstream for one database and protocol: it keeps them connected,
// with a backoff and jitter between tries, and says why when they are not. Owned by Upstream; lives as
// long as the worker. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/timer.h"
#include "proxy/upstream_link.h"

namespace holdfast::proxy {

class LinkGroup final : public UpstreamLink::Owner {
 public:
  LinkGroup(Upstream& upstream, LinkKey key);
  ~LinkGroup() override;

  void start();
  // Closes all links for good.
  void close();

  const LinkKey& key() const { return key_; }
  size_t links() const { return slots_.size(); }

  // The ready link of a slot, or nullptr. Hot path.
  UpstreamLink* ready_link(size_t slot) const { return slots_[slot]->ready; }
  // True while the very first connection is being made, or the journal is taken over from another process:
  // worth waiting for, but not for ever.
  bool is_first_try(size_t slot);
  // Does not wait for the end of a pause between tries.
  void retry_now();
  // The database does not exist: the upstream's own words, "ERR DB index is out of range". Else empty.
  const std::string& database_refusal() const { return database_refusal_; }
  // It does not let Holdfast make the user of key().login: why. Else empty.
  const std::string& login_refusal() const { return login_refusal_; }
  bool is_closing() const { return closing_; }
  // Refused or closed, with nothing left open: may be removed when no session refers to it.
  bool is_dead() const;
  // After a refusal: the next one who asks may try again.
  void try_again();
  // Of a login that was refused: is that some time ago?
  bool may_try_login_again() const;

  // Each ready link is asked whether Redis answers.
  void check_health();
  // Each ready link is asked whose data its server has now.
  void recheck();

  const ServerFacts& facts() const { return facts_; }

 private:
  struct Slot {
    std::unique_ptr<UpstreamLink> link;  // nullptr between tries
    UpstreamLink* ready = nullptr;       // link, when it is
    std::unique_ptr<net::Timer> retry;
    uint64_t backoff_ms = 0;
    uint64_t attempts = 0;  // failed ones since start
  };

  void link_ready(UpstreamLink& link) override;
  void link_lost(UpstreamLink& link, const Error& error) override;
  void link_closed(UpstreamLink& link) override;

  bool is_refused() const { return !database_refusal_.empty() || !login_refusal_.empty(); }
  void connect(Slot& slot);
  // A group whose database does not exist is not missing links: /readyz must not wait for them.
  void count_as_wanted(bool wanted);
  Slot& slot_of(const UpstreamLink& link);

  Upstream& upstream_;
  const LinkKey key_;
  bool closing_ = false;
  bool wanted_ = false;
  uint64_t awaited_ns_ = 0;  // since when somebody waits for the first connection; 0: nobody does
  std::string database_refusal_;
  std::string login_refusal_;
  uint64_t login_refused_ns_ = 0;
  ServerFacts facts_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace holdfast::proxy
