// What the configuration says about the audit log, in the words of audit/, which knows no configuration.
#pragma once

#include "audit/audit_file.h"
#include "config/config.h"

namespace holdfast::cli {

inline audit::FileOptions audit_options(const config::Server& server) {
  return {server.audit_log.value, server.audit_log_max_bytes, server.audit_log_keep};
}

}  // namespace holdfast::cli
