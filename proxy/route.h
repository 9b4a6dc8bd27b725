// How a command is served: on the shared link, on a link of the session's own, or here. Constant facts;
// any thread.
#pragma once

#include <cstdint>

#include "policy/command_table.h"

namespace holdfast::proxy {

enum class Route : uint8_t {
  kShared,       // stateless: any connection may carry it
  kOwnLink,      // may block or is unknown: a link of its own until its reply is in
  kBlockOption,  // kOwnLink with a BLOCK argument, else kShared (XREAD, XREADGROUP)
  kScript,       // runs calls inside Redis: on a shared link that has the user's rights there
  kKill,         // ends what keeps Redis busy: a link that needs nothing from it but the login
  // State that Redis keeps for a connection: a link of the session's own while it lasts.
  kMulti,
  kExec,
  kDiscard,
  kWatch,
  kUnwatch,
  kSubscribe,  // and the whole family, UNSUBSCRIBE too
  kMonitor,
  kWait,  // WAIT, WAITAOF: about all that this session has written
  kTracking,
  kTrackingInfo,
  kNoTouch,
  // State of the session, answered here.
  kSelect,
  kHello,
  kAuth,
  kReset,
  kQuit,
  kClientSetName,
  kClientGetName,
  kClientId,
  kClientInfo,
  kClientList,
  kClientKill,
  kClientUnblock,
  kClientReply,
  kClientGetRedir,
  kClientNoEvict,
  kClientSetInfo,
  kAcl,      // about Holdfast's own users; route_of() never says so
  kCluster,  // READONLY, READWRITE, ASKING: about the connection, in a cluster; else Redis says so
  kScriptDebug,
  kHoldfast,       // about Holdfast itself
  kInfo,           // Redis's, with a section of Holdfast's own
  kClientUnknown,  // a sub-command that nobody knows
  kUnsupported,    // needs state that this version does not keep: refused with a clear error
  kLook,           // depends on the arguments, see Session::look(); route_of() never says so
  kAudited,        // people are told, see Session::take_audited(); route_of() never says so
  kHalted,         // a write while none may pass, see Session::refuse_halted(); route_of() never says so
  kRefused,        // by the policy of the environment; route_of() never says so
};

Route route_of(policy::CommandId id);

}  // namespace holdfast::proxy
