// Every command has a route, and every route that is not the shared link is written down here: a command
// that gets another one is seen in a review.

#include "proxy/route.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string_view>

namespace holdfast::proxy {
namespace {

using Names = std::set<std::string_view>;

const std::map<Route, Names>& golden() {
  static const std::map<Route, Names> routes = {
      {Route::kOwnLink,
       {"unknown", "blmove", "blmpop", "blpop", "brpop", "brpoplpush", "bzmpop", "bzpopmax", "bzpopmin",
        "client|pause", "client|unpause", "debug"}},
      {Route::kKill, {"script|kill", "function|kill"}},
      {Route::kScript, {"eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"}},
      {Route::kBlockOption, {"xread", "xreadgroup"}},
      {Route::kMulti, {"multi"}},
      {Route::kExec, {"exec"}},
      {Route::kDiscard, {"discard"}},
      {Route::kWatch, {"watch"}},
      {Route::kUnwatch, {"unwatch"}},
      {Route::kSelect, {"select"}},
      {Route::kHello, {"hello"}},
      {Route::kAuth, {"auth"}},
      {Route::kReset, {"reset"}},
      {Route::kQuit, {"quit"}},
      {Route::kSubscribe,
       {"subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"}},
      {Route::kMonitor, {"monitor"}},
      {Route::kWait, {"wait", "waitaof"}},
      {Route::kTracking, {"client|tracking"}},
      {Route::kTrackingInfo, {"client|trackinginfo"}},
      {Route::kNoTouch, {"client|no-touch"}},
      {Route::kClientSetName, {"client|setname"}},
      {Route::kClientGetName, {"client|getname"}},
      {Route::kClientId, {"client|id"}},
      {Route::kClientInfo, {"client|info"}},
      {Route::kClientList, {"client|list"}},
      {Route::kClientKill, {"client|kill"}},
      {Route::kClientUnblock, {"client|unblock"}},
      {Route::kClientReply, {"client|reply"}},
      {Route::kClientGetRedir, {"client|getredir"}},
      {Route::kClientNoEvict, {"client|no-evict"}},
      {Route::kClientSetInfo, {"client|setinfo"}},
      {Route::kClientUnknown, {"client"}},
      {Route::kCluster, {"asking", "readonly", "readwrite"}},
      {Route::kScriptDebug, {"script|debug"}},
      {Route::kInfo, {"info"}},
      {Route::kHoldfast,
       {"holdfast", "holdfast|explain", "holdfast|help", "holdfast|slowlog", "holdfast|status"}},
      {Route::kUnsupported, {"sync", "psync", "replconf"}},
  };
  return routes;
}

Route golden_route(std::string_view name) {
  for (const auto& [route, names] : golden())
    if (names.contains(name)) return route;
  return Route::kShared;
}

TEST(Route, EveryCommandHasTheOneWrittenDown) {
  ASSERT_GT(policy::commands().size(), 200u);
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    const std::string_view name = policy::command(id).name;
    EXPECT_EQ(route_of(id), golden_route(name)) << name;
  }
}

TEST(Route, EveryNameWrittenDownIsACommand) {
  for (const auto& [route, names] : golden())
    for (const std::string_view name : names) {
      if (name == "unknown") continue;
      EXPECT_NE(policy::find_command(name), policy::kUnknownCommand) << name;
    }
}

// Nothing that may block its connection is on the link that others share.
TEST(Route, NoBlockingCommandIsShared) {
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    if (!policy::command(id).has(policy::kBlocking)) continue;
    EXPECT_NE(route_of(id), Route::kShared) << policy::command(id).name;
  }
}

TEST(Route, AnUnknownSubcommandOfClientIsNotShared) {
  EXPECT_EQ(route_of(policy::find_command("CLIENT", "NEW-THING")), Route::kClientUnknown);
}

}  // namespace
}  // namespace holdfast::proxy
