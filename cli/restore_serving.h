// holdfast restore --serve: gives a restore to every Redis that is told REPLICAOF.
//
// Main thread; blocks until SIGINT or SIGTERM.
#pragma once

#include <string>

#include "base/result.h"
#include "journal/replication_data.h"

namespace holdfast::cli {

struct ServingOptions {
  std::string address;        // host:port
  std::string password_file;  // its first line; empty: no password
  std::string cert;           // PEM; empty: no TLS
  std::string key;
  std::string client_ca;
  bool json = false;
};

// Tells on stdout what the replicas do.
Status serve_restore(const journal::ReplicationData& data, const ServingOptions& options);

}  // namespace holdfast::cli
