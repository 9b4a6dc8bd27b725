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
      {"client|setname"sv, Route::kClientSetName},
      {"client|getname"sv, Route::kClientGetName},
      {"client|id"sv, Route::kClientId},
      {"client|setinfo"sv, Route::kClientSetInfo},
      {"script|kill"sv, Route::kKill},
      {"function|kill"sv, Route::kKill},
      {"xread"sv, Route::kBlockOption},
      {"xreadgroup"sv, Route::kBlockOption},
      // About the connection that sends them, which here is shared by many clients.
      {"client"sv, Route::kUnsupported},
      {"subscribe"sv, Route::kUnsupported},
      {"psubscribe"sv, Route::kUnsupported},
      {"ssubscribe"sv, Route::kUnsupported},
      {"unsubscribe"sv, Route::kUnsupported},
      {"punsubscribe"sv, Route::kUnsupported},
      {"sunsubscribe"sv, Route::kUnsupported},
      {"monitor"sv, Route::kUnsupported},
      {"sync"sv, Route::kUnsupported},
      {"psync"sv, Route::kUnsupported},
      {"replconf"sv, Route::kUnsupported},
      {"asking"sv, Route::kUnsupported},
      {"readonly"sv, Route::kUnsupported},
      {"readwrite"sv, Route::kUnsupported},
      {"wait"sv, Route::kUnsupported},
      {"waitaof"sv, Route::kUnsupported},
      {"script|debug"sv, Route::kUnsupported},
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
