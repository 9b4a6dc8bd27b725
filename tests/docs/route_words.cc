#include "tests/docs/route_words.h"

#include <map>

namespace holdfast::docs {
namespace {

// By command, or by container for all sub-commands that are not served.
const std::map<std::string_view, std::string_view>& reasons() {
  static const std::map<std::string_view, std::string_view> all = {
      {"sync", "a replica belongs to Redis itself, not behind a proxy"},
      {"psync", "a replica belongs to Redis itself, not behind a proxy"},
      {"replconf", "a replica belongs to Redis itself, not behind a proxy"},
  };
  return all;
}

}  // namespace

std::string_view words_of(proxy::Route route) {
  using proxy::Route;
  switch (route) {
    case Route::kShared:
      return "shared link";
    case Route::kScript:
      return "shared link that has the rights of the client's user in Redis";
    case Route::kOwnLink:
      return "private link until its reply is in";
    case Route::kKill:
      return "link of its own that asks Redis for nothing but the login";
    case Route::kBlockOption:
      return "shared link; private link with BLOCK";
    case Route::kMulti:
    case Route::kExec:
    case Route::kDiscard:
      return "private link from MULTI to EXEC or DISCARD";
    case Route::kWatch:
    case Route::kUnwatch:
      return "private link while keys are watched";
    case Route::kSubscribe:
      return "private link while subscribed";
    case Route::kMonitor:
      return "private link until RESET or the end of the connection";
    case Route::kWait:
      return "private link after the session's own writes";
    case Route::kTracking:
    case Route::kTrackingInfo:
      return "private link while tracking is on";
    case Route::kNoTouch:
      return "private link while it is on";
    case Route::kSelect:
    case Route::kHello:
      return "by Holdfast: moves the session to the links of that database and protocol";
    case Route::kAcl:
    case Route::kAuth:
    case Route::kQuit:
    case Route::kClientSetName:
    case Route::kClientGetName:
    case Route::kClientId:
    case Route::kClientInfo:
    case Route::kClientReply:
    case Route::kClientGetRedir:
    case Route::kClientNoEvict:
    case Route::kClientSetInfo:
      return "by Holdfast, for this session";
    case Route::kReset:
      return "by Holdfast: ends all state of the session and its private link";
    case Route::kClientList:
    case Route::kClientKill:
    case Route::kClientUnblock:
      return "by Holdfast, about the clients of this environment";
    case Route::kCluster:
      return "shared link: Redis says that it is no cluster";
    case Route::kHoldfast:
      return "by Holdfast, about itself ([operations.md](operations.md#from-redis-cli))";
    case Route::kInfo:
      return "shared link; with a section of Holdfast's own";
    case Route::kScriptDebug:
      return "by Holdfast: NO; the debugger itself is not served";
    case Route::kClientUnknown:
      return "by Holdfast: an error";
    case Route::kLook:
      return "as its arguments say";
    case Route::kAudited:
    case Route::kHalted:
    case Route::kRefused:
      return "refused by the policy";
    case Route::kUnsupported:
      return "not served";
  }
  return "";
}

std::string_view reason_not_served(std::string_view command) {
  const auto exact = reasons().find(command);
  if (exact != reasons().end()) return exact->second;
  const auto container = reasons().find(command.substr(0, command.find('|')));
  return container != reasons().end() ? container->second : std::string_view();
}

}  // namespace holdfast::docs
