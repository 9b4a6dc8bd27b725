#include "proxy/route.h"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace holdfast::proxy {
namespace {

using std::string_view_literals::operator""sv;

const std::unordered_map<std::string_view, Route>& special_routes() {
  static const std::unordered_map<std::string_view, Route> routes = {
      {"multi"sv, Route::kMulti},
      {"exec"sv, Route::kExec},
      {"discard"sv, Route::kDiscard},
      {"watch"sv, Route::kWatch},
      {"unwatch"sv, Route::kUnwatch},
      {"select"sv, Route::kSelect},
      {"hello"sv, Route::kHello},
      {"auth"sv, Route::kAuth},
      {"reset"sv, Route::kReset},
      {"quit"sv, Route::kQuit},
      {"xread"sv, Route::kBlockOption},
      {"xreadgroup"sv, Route::kBlockOption},
      {"subscribe"sv, Route::kSubscribe},
      {"psubscribe"sv, Route::kSubscribe},
      {"ssubscribe"sv, Route::kSubscribe},
      {"unsubscribe"sv, Route::kSubscribe},
      {"punsubscribe"sv, Route::kSubscribe},
      {"sunsubscribe"sv, Route::kSubscribe},
      {"monitor"sv, Route::kMonitor},
      {"wait"sv, Route::kWait},
      {"waitaof"sv, Route::kWait},
      {"client"sv, Route::kClientUnknown},
      {"client|setname"sv, Route::kClientSetName},
      {"client|getname"sv, Route::kClientGetName},
      {"client|id"sv, Route::kClientId},
      {"client|info"sv, Route::kClientInfo},
      {"client|list"sv, Route::kClientList},
      {"client|kill"sv, Route::kClientKill},
      {"client|unblock"sv, Route::kClientUnblock},
      {"client|reply"sv, Route::kClientReply},
      {"client|tracking"sv, Route::kTracking},
      {"client|trackinginfo"sv, Route::kTrackingInfo},
      {"client|getredir"sv, Route::kClientGetRedir},
      {"client|no-evict"sv, Route::kClientNoEvict},
      {"client|no-touch"sv, Route::kNoTouch},
      {"client|setinfo"sv, Route::kClientSetInfo},
      {"info"sv, Route::kInfo},
      {"holdfast"sv, Route::kHoldfast},
      {"holdfast|explain"sv, Route::kHoldfast},
      {"holdfast|help"sv, Route::kHoldfast},
      {"holdfast|slowlog"sv, Route::kHoldfast},
      {"holdfast|status"sv, Route::kHoldfast},
      {"eval"sv, Route::kScript},
      {"evalsha"sv, Route::kScript},
      {"eval_ro"sv, Route::kScript},
      {"evalsha_ro"sv, Route::kScript},
      {"fcall"sv, Route::kScript},
      {"fcall_ro"sv, Route::kScript},
      {"script|kill"sv, Route::kKill},
      {"function|kill"sv, Route::kKill},
      // DEBUG PROTOCOL push sends what no shared link expects.
      {"debug"sv, Route::kOwnLink},
      // About the whole server, and on a shared link UNPAUSE would wait behind a write that is paused.
      {"client|pause"sv, Route::kOwnLink},
      {"client|unpause"sv, Route::kOwnLink},
      // Without CLIENT TRACKING an error, with it the session is on a link of its own; and a text.
      {"client|caching"sv, Route::kShared},
      {"client|help"sv, Route::kShared},
      // About the connection that sends them, which here is shared by many clients.
      {"sync"sv, Route::kUnsupported},
      {"psync"sv, Route::kUnsupported},
      {"replconf"sv, Route::kUnsupported},
      {"asking"sv, Route::kCluster},
      {"readonly"sv, Route::kCluster},
      {"readwrite"sv, Route::kCluster},
      {"script|debug"sv, Route::kScriptDebug},
  };
  return routes;
}

Route find_route(policy::CommandId id) {
  // What nobody knows may block its connection or change its state: it gets one of its own.
  if (id == policy::kUnknownCommand) return Route::kOwnLink;
  const policy::CommandInfo& command = policy::command(id);
  const auto special = special_routes().find(command.name);
  if (special != special_routes().end()) return special->second;
  if (command.name.starts_with("client|")) return Route::kUnsupported;
  if (command.has(policy::kBlocking)) return Route::kOwnLink;
  return Route::kShared;
}

}  // namespace

Route route_of(policy::CommandId id) {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    for (size_t i = 0; i < policy::commands().size(); ++i)
      all.push_back(find_route(static_cast<policy::CommandId>(i)));
    return all;
  }();
  return routes[id];
}

}  // namespace holdfast::proxy
