// The credentials of every section of a configuration that uses TLS. Main thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "tls/credentials.h"

namespace holdfast::tls {

struct CredentialSet {
  std::vector<std::shared_ptr<Credentials>> upstreams;     // as in the configuration; null: no TLS
  std::vector<std::shared_ptr<Credentials>> environments;  // the same

  // Those that are there.
  std::vector<std::shared_ptr<Credentials>> all() const;
};

// Reads all files. Each problem is one line in `problems`, ready to print, with file and line.
CredentialSet load_credentials(const config::Config& config, std::vector<std::string>& problems);

}  // namespace holdfast::tls
