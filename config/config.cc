#include "config/config.h"

namespace holdfast::config {

std::string Location::to_string() const {
  return line == 0 ? "the defaults" : file + ":" + std::to_string(line);
}

const Upstream* Config::find_upstream(std::string_view name) const {
  for (const Upstream& upstream : upstreams)
    if (upstream.name == name) return &upstream;
  return nullptr;
}

}  // namespace holdfast::config
