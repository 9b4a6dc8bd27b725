// holdfast restore --serve: gives a restore to every Redis that is told REPLICAOF.
//
// Main thread; blocks until SIGINT or SIGTERM.
#pragma once

#include <string>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/replication_data.h"

namespace holdfast::cli {

// Tells on stdout what the replicas do.
Status serve_restore(const Endpoint& where, const journal::ReplicationData& data, bool is_json);

}  // namespace holdfast::cli
