// Follows the commands of a replication stream: where it may be cut, and which database is selected.
//
// Pure; one per replica link, on the journal thread. A cut is safe between two commands that are not
// inside MULTI/EXEC. Redis writes these words itself (server.c, propagatePendingCommands; replication.c,
// replicationFeedSlaves), so only their exact multibulk form counts; letters may be of either case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "resp/command_framer.h"

namespace holdfast::journal {

class StreamTracker {
 public:
  // `db`: the database selected where the stream starts.
  explicit StreamTracker(int db) : db_(db), safe_db_(db) {}

  // Takes all of `bytes`. False: these are not commands, the stream cannot be followed.
  // `safe` becomes the number of bytes up to the last safe cut in `bytes`, 0 when there is none.
  [[nodiscard]] bool feed(std::string_view bytes, size_t& safe);

  // The database selected at the last safe cut.
  int db() const { return safe_db_; }
  // True once after a REPLCONF GETACK: Redis wants to be told now.
  bool take_getack() {
    const bool seen = getack_;
    getack_ = false;
    return seen;
  }

 private:
  [[nodiscard]] bool note_command(std::string_view head);

  resp::CommandFramer framer_;
  bool in_transaction_ = false;
  bool getack_ = false;
  int db_;
  int safe_db_;
};

}  // namespace holdfast::journal
