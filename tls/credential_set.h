// The credentials of every section of a configuration that uses TLS. Main thread.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "config/problems.h"
#include "tls/credentials.h"

namespace holdfast::tls {

struct CredentialSet {
  std::vector<std::shared_ptr<Credentials>> upstreams;     // as in the configuration; null: no TLS
  std::vector<std::shared_ptr<Credentials>> environments;  // the same
  std::shared_ptr<Credentials> admin;                      // null: the admin endpoint speaks plain HTTP

  // Those that are there.
  std::vector<std::shared_ptr<Credentials>> all() const;
};

// Reads all files. What cannot be used is null in the set, and a problem at its section.
CredentialSet load_credentials(const config::Config& config, config::ProblemList& problems);

}  // namespace holdfast::tls
