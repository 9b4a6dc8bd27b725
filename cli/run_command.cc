#include "base/log.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/server.h"

namespace holdfast::cli {

int run(const std::string& config_file) {
  const config::LoadResult loaded = load_and_check(config_file);
  if (!loaded.config) {
    draw_errors(loaded.problems);
    return kBadInput;
  }
  log::configure(loaded.config->server.log_level, loaded.config->server.log_format);
  for (const config::Problem& problem : loaded.problems.sorted()) log::warn(loaded.problems.line_of(problem));
  Server server(loaded);
  const Status status = server.run();
  if (status.ok()) return kDone;
  log::error(status.error().message());
  return status.error().code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

}  // namespace holdfast::cli
