// A transaction in which something is queued that is not an ordinary command: what Holdfast answers itself,
// or what changes what Redis keeps for the connection.
//
// Redis gets the command itself where it is about this very connection, else a stand-in (CLIENT INFO, which
// does nothing), so that it is Redis that says QUEUED, or why not. EXEC's answer is then taken apart, and put
// together again with Holdfast's own answers in their places; each is given when its turn comes, when what
// was before it in the transaction has been done. Nothing of it leaves before all of it is there: it is one
// reply, and may have to wait for the journal as one.
//
// Owned by the session: made when the first such command is queued, gone after EXEC's answer. From EXEC to
// its answer the session takes no other request. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/command_table.h"
#include "proxy/asked.h"
#include "proxy/push_frames.h"
#include "proxy/session_query.h"

namespace holdfast::proxy {

enum class Told : uint8_t;

// Of CLIENT TRACKING: whom it tells, a session and how Redis calls its connection; 0: nobody else.
struct Redirect {
  uint64_t id = 0;
  uint64_t upstream_id = 0;
  bool broadcasts = false;  // not where it goes, but what: BCAST
};

struct QueuedCommand {
  enum class Kind : uint8_t {
    kLocal,         // Redis answers a stand-in, Holdfast the command
    kSubscribe,     // has as many confirmations as channels
    kTold,          // its answer says what Redis now keeps for the connection
    kTrackingInfo,  // its answer names a connection
  };
  Kind kind = Kind::kLocal;
  uint32_t position = 0;  // in the transaction
  policy::CommandId id = policy::kUnknownCommand;
  std::vector<std::string> arguments;          // kLocal
  std::unique_ptr<SessionAnswer> of_workers;   // kLocal: what the others have said just before EXEC
  FrameKind confirmation = FrameKind::kReply;  // kSubscribe
  uint32_t confirmations = 0;                  // kSubscribe; 0: as many as there are subscriptions then
  Told about{};                                // kTold
  Redirect redirect;                           // kTold
};

struct Execution {
  std::vector<QueuedCommand> commands;

  // --- From EXEC on ---
  bool sent = false;
  bool begun = false;       // Redis runs it: the head of its answer is there
  bool quiet = false;       // CLIENT REPLY
  bool skips_next = false;  // CLIENT REPLY SKIP was among them
  bool leaves = false;      // it has killed itself
  bool subscribes = false;  // afterwards Redis may refuse the connection all other commands (RESP2)
  int protocol = 2;         // in which it began
  int database = 0;         // where it is now, as the stand-in has told
  uint32_t queued = 0;      // commands in all
  uint64_t barrier = 0;     // 0: does not wait for the journal
  Asked asked;
  std::string reply;  // what there is of it

  // Their answers come in the order in which they were queued.
  QueuedCommand& next_of(QueuedCommand::Kind kind) {
    while (commands[next_].kind != kind) ++next_;
    return commands[next_++];
  }

 private:
  size_t next_ = 0;
};

}  // namespace holdfast::proxy
