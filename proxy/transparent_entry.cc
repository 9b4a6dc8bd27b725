#include "proxy/transparent_entry.h"

#include "base/log.h"
#include "proxy/environment.h"
#include "proxy/error_replies.h"
#include "proxy/own_connections.h"
#include "proxy/upstream.h"

namespace holdfast::proxy {
namespace {

constexpr uint64_t kLogEveryNs = 10'000'000'000;

std::string problem_of(const net::Stream& stream, Environment& environment) {
  const std::string meant = stream.original_destination();
  if (meant.empty() || meant == stream.local_name())
    return "this port takes only connections that a packet filter has redirected; connect to Redis's own "
           "address, or to an address of 'listen'";
  if (OwnConnections::of_this_process().contains(stream.peer_name()))
    return "a connection of Holdfast itself to " + meant +
           " was redirected to Holdfast; exempt the user that it runs as from the rule (docs/transparent.md)";
  const Upstream& upstream = environment.upstream();
  if (upstream.is_at(meant)) return {};
  return "this connection was meant for " + meant + ", and environment '" + environment.config().name +
         "' stands in front of " + upstream.config().endpoint.value.to_string() +
         " only; correct the rule that redirects it";
}

}  // namespace

std::string TransparentEntry::refusal(const net::Stream& stream, Environment& environment, uint64_t now_ns) {
  const std::string problem = problem_of(stream, environment);
  if (problem.empty()) return {};
  environment.stats().connections_misdirected.add();
  if (logged_ns_ != 0 && now_ns - logged_ns_ < kLogEveryNs) {
    ++not_logged_;
  } else {
    log::warn("refused a connection from " + stream.peer_name() + ": " + problem +
              (not_logged_ > 0 ? " (and " + std::to_string(not_logged_) + " more since)" : std::string()));
    logged_ns_ = now_ns;
    not_logged_ = 0;
  }
  return error_reply("ERR", problem);
}

}  // namespace holdfast::proxy
