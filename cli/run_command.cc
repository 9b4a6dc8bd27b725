#include "base/log.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/server.h"

namespace holdfast::cli {

int run(const std::string& config_file) {
  const auto config = read_configuration(config_file);
  if (!config) return kBadInput;
  log::configure(config->server.log_level, config->server.log_format);
  Server server(*config);
  const Status status = server.run();
  if (status.ok()) return kDone;
  log::error(status.error().message());
  return status.error().code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

}  // namespace holdfast::cli
