#include "journal/upstream_login.h"

namespace holdfast::journal {
namespace {

// An error reply that says "not yet" rather than "no".
bool is_transient(std::string_view reply) {
  return reply.starts_with("LOADING") || reply.starts_with("NOMASTERLINK") || reply.starts_with("BUSY") ||
         reply.starts_with("MASTERDOWN") || reply.find("NOMASTERLINK") != std::string_view::npos;
}

Status authenticate(const config::Upstream& upstream, RedisConnection& connection) {
  if (upstream.password.empty()) return {};
  auto answer = upstream.user.empty() ? connection.command({"AUTH", upstream.password})
                                      : connection.command({"AUTH", upstream.user, upstream.password});
  if (!answer.ok()) return explain_refusal(upstream, "AUTH", answer.error());
  return {};
}

}  // namespace

std::string url_of(const config::Upstream& upstream) {
  const Endpoint& endpoint = upstream.endpoint.value;
  if (endpoint.kind == Endpoint::Kind::kUnix) return "unix://" + endpoint.path;
  return (upstream.tls ? "rediss://" : "redis://") + endpoint.to_string();
}

Error explain_refusal(const config::Upstream& upstream, std::string_view command, const Error& error) {
  const std::string who = "the upstream " + url_of(upstream);
  const std::string& reply = error.message();
  if (error.code() != ErrorCode::kRefused) {
    return Error(error.code(), who + " did not answer " + std::string(command) + ": " + reply);
  }
  if (is_transient(reply))
    return Error(ErrorCode::kUnavailable,
                 who + " is not ready: " + reply + "; the journal joins it as soon as it is");
  if (reply.starts_with("NOAUTH")) {
    return Error(ErrorCode::kRefused, who + " asks for a password (" + reply + "); put it into upstream." +
                                          upstream.name + ".url");
  }
  if (command == "AUTH") {
    return Error(ErrorCode::kRefused, who + " refuses the journal's login (" + reply +
                                          "); correct the user and the password of upstream." +
                                          upstream.name + ".url");
  }
  const std::string user = upstream.user.empty() ? "default" : upstream.user;
  const std::string what =
      who + " does not let the journal run " + std::string(command) + " (" + reply + "); ";
  if (reply.starts_with("NOPERM"))
    return Error(ErrorCode::kRefused,
                 what + "grant it there: ACL SETUSER " + user + " +psync +replconf +info +replicaof");
  return Error(ErrorCode::kRefused,
               what + "it must offer PSYNC, REPLCONF, INFO and REPLICAOF under their own names");
}

Result<std::unique_ptr<RedisConnection>> connect_upstream(const config::Upstream& upstream,
                                                          const tls::Credentials* tls,
                                                          const StopSignal& stop) {
  auto connected = RedisConnection::connect(upstream.endpoint.value, tls, upstream.connect_timeout_ms, stop);
  if (!connected.ok() && connected.error().code() == ErrorCode::kRefused)
    return connected.error().prefixed("the upstream " + url_of(upstream));
  if (!connected.ok()) {
    return Error(ErrorCode::kUnavailable, "cannot reach the upstream " + url_of(upstream) + ": " +
                                              connected.error().message() +
                                              "; start it, or correct upstream." + upstream.name + ".url");
  }
  if (Status in = authenticate(upstream, *connected.value()); !in.ok()) return in.error();
  return connected;
}

}  // namespace holdfast::journal
