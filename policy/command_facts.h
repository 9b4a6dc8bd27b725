// What is known about commands and COMMAND does not tell. Curated by hand, laid over the generated table at
// compile time; a fact about a command that the table lacks stops the build.
#pragma once

#include <array>
#include <string_view>

#include "policy/command_table.h"
#include "policy/command_words.h"

namespace holdfast::policy {

struct CommandFact {
  std::string_view name;
  uint32_t flags;  // added to the table's
};

// Commands that may change data without carrying the write flag: a reply to one of them must be held for the
// journal like a write's. The server marks them MAY_REPLICATE (src/commands/*.json) and hides that flag from
// COMMAND. PUBLISH and SPUBLISH carry it too and are left out: they are replicated, but change no data.
// EXEC is not here either: what it runs was decided when it was queued.
inline constexpr std::array kCommandFacts = {
    CommandFact{"eval", kMayWrite},     // a script runs any command that scripts may run
    CommandFact{"evalsha", kMayWrite},  // the same
    CommandFact{"fcall",
                kMayWrite},  // the same, for functions; EVAL_RO, EVALSHA_RO and FCALL_RO cannot write
    CommandFact{"pfcount", kMayWrite},  // stores the cached cardinality in the key it reads
};

// Commands of newer servers that client libraries send on every connection: without them each connect would
// count as a refusal. An older server answers with its own error, which those libraries expect.
inline constexpr std::array kNewerCommands = {
    // Redis 7.2: the library's name and version.
    CommandInfo{"client|setinfo", 4, flags("noscript loading stale"), categories("slow connection"), 0, 0, 0},
    // Redis 7.2: WAIT for the append-only files of the server and its replicas.
    CommandInfo{"waitaof", 4, flags("noscript"), categories("slow connection"), 0, 0, 0},
    // Redis 7.2: reads of this connection do not touch the keys' LRU and LFU.
    CommandInfo{"client|no-touch", 3, flags("noscript loading stale"), categories("slow connection"), 0, 0,
                0},
};

// Holdfast's own, which no Redis has: they stand at the end of the table and are answered here
// (proxy/session_holdfast.cc). Categories as those of what is most like them: INFO, SLOWLOG, COMMAND.
inline constexpr std::array kOwnCommands = {
    CommandInfo{"holdfast", -2, flags("container"), categories("slow"), 0, 0, 0},
    CommandInfo{"holdfast|explain", -3, flags("noscript loading stale"), categories("slow"), 0, 0, 0},
    CommandInfo{"holdfast|help", 2, flags("loading stale"), categories("slow"), 0, 0, 0},
    CommandInfo{"holdfast|slowlog", -2, flags("admin noscript loading stale"),
                categories("admin slow dangerous"), 0, 0, 0},
    CommandInfo{"holdfast|status", 2, flags("noscript loading stale"), categories("slow dangerous"), 0, 0, 0},
};

}  // namespace holdfast::policy
