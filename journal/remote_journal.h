// A journal that runs in another process (`via`), as far as the Redis shows it that both are connected to.
//
// Redis lists it under its name among its replicas: in INFO replication, which every link asks when it is
// made, and in ROLE, which the workers ask. A journal attaches only to a server whose history it has found to
// be its own, and acknowledges only what is on its disk. So a server that lists it, online and with an
// acknowledged offset, is the right one, and that offset is durable. What cannot be known here: whether two
// processes use the same name.
//
// Fed by the workers, read by anybody: all methods are thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "config/config.h"
#include "journal/history.h"
#include "journal/publication.h"

namespace holdfast::journal {

class RemoteJournal {
 public:
  RemoteJournal(const config::Upstream& upstream, Publication& publication);

  // Of a link's handshake. While the journal is not attached, a server is still believed that has the history
  // on which it was last seen, as far as it had acknowledged it.
  MembershipAnswer check_membership(const ReplicationInfo& info);
  // What ROLE says on a link whose handshake gave `history`. `acknowledged`: 0 when the journal is not
  // listed.
  void report(uint64_t history, uint64_t acknowledged);
  void stop();

 private:
  void advance(uint64_t acknowledged);
  void refuse();

  const std::string name_;
  const std::string missing_;  // the reason while it is not attached
  Publication& publication_;
  std::mutex mutex_;
  std::optional<Position> known_;
  bool stopped_ = false;
};

}  // namespace holdfast::journal
