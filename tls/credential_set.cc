#include "tls/credential_set.h"

#include <utility>

namespace holdfast::tls {
namespace {

std::shared_ptr<Credentials> take(Result<std::shared_ptr<Credentials>> loaded, const config::TlsFiles& files,
                                  config::ProblemList& problems) {
  if (loaded.ok()) return std::move(loaded).value();
  problems.add(files.where, loaded.error().message());
  return nullptr;
}

}  // namespace

std::vector<std::shared_ptr<Credentials>> CredentialSet::all() const {
  std::vector<std::shared_ptr<Credentials>> result;
  for (const auto* list : {&upstreams, &environments})
    for (const auto& credentials : *list)
      if (credentials != nullptr) result.push_back(credentials);
  if (admin != nullptr) result.push_back(admin);
  return result;
}

CredentialSet load_credentials(const config::Config& config, config::ProblemList& problems) {
  CredentialSet set;
  if (const auto& files = config.server.admin_tls; files)
    set.admin = take(Credentials::load(Side::kServer, *files, "[server.admin_tls]"), *files, problems);
  for (const config::Upstream& upstream : config.upstreams) {
    set.upstreams.emplace_back();
    if (!upstream.tls) continue;
    const std::string title = "[upstream." + upstream.name + "]";
    set.upstreams.back() =
        take(Credentials::load(Side::kClient, *upstream.tls, title, upstream.endpoint.value.host),
             *upstream.tls, problems);
  }
  for (const config::Environment& environment : config.environments) {
    set.environments.emplace_back();
    if (!environment.tls) continue;
    const std::string title = "[environment." + environment.name + "]";
    set.environments.back() =
        take(Credentials::load(Side::kServer, *environment.tls, title), *environment.tls, problems);
  }
  return set;
}

}  // namespace holdfast::tls
