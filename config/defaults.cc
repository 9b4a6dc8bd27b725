#include "config/defaults.h"

namespace holdfast::config {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr int64_t kWeekMs = int64_t{7} * 24 * 3600 * 1000;

Endpoint loopback(uint16_t port) {
  Endpoint endpoint;
  endpoint.host = kLoopback;
  endpoint.port = port;
  return endpoint;
}

}  // namespace

Server default_server() {
  Server server;
  server.admin = {loopback(9121), {}};
  return server;
}

Upstream default_upstream(const std::string& name) {
  Upstream upstream;
  upstream.name = name;
  upstream.endpoint = {loopback(6379), {}};
  upstream.journal.dir = {"holdfast-data", {}};
  upstream.journal.retention.age_ms = kWeekMs;
  upstream.journal.serve = {loopback(0), {}};
  return upstream;
}

Environment default_environment(const std::string& name) {
  Environment environment;
  environment.name = name;
  environment.block = {{"@builtin", {}}};
  if (name == kDefaultEnvironment) environment.listen = {{loopback(6380), {}}};
  return environment;
}

}  // namespace holdfast::config
