// holdfast restore --serve: gives a restore to every Redis that is told REPLICAOF.
//
// Main thread; blocks until SIGINT or SIGTERM.
#pragma once

#include <functional>
#include <string>

#include "base/endpoint.h"
#include "base/result.h"
#include "cli/progress.h"
#include "journal/replication_data.h"
#include "journal/replication_source.h"

namespace holdfast::cli {

struct ServingOptions {
  std::string address;        // host:port
  std::string password_file;  // its first line; empty: no password
  std::string cert;           // PEM; empty: no TLS
  std::string key;
  std::string client_ca;
  bool json = false;
};

struct ServingPlan {
  Endpoint where;
  journal::ServingRules rules;
  bool is_json = false;
};

// Whether the options make sense, before anything is read. Warns on stderr of an address that everybody
// reaches.
Result<ServingPlan> plan_serving(const ServingOptions& options);

// Reads all of it once: kCorrupt names file and byte.
Status verify_data(const journal::ReplicationData& data, Progress& progress);

// Calls `begun` once it listens, then tells on stdout what the replicas do.
Status serve_restore(const journal::ReplicationData& data, ServingPlan plan,
                     const std::function<void()>& begun);

}  // namespace holdfast::cli
