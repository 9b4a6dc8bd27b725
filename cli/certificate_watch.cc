#include "cli/certificate_watch.h"

#include <utility>

#include "base/log.h"

namespace holdfast::cli {
namespace {

// A change is acted on when it has lasted for one period: certbot and others write one file after the other.
constexpr uint64_t kPeriodMs = 1'000;

void reload(tls::Credentials& credentials) {
  if (const Status status = credentials.reload(); !status.ok()) {
    log::error(status.error().message() + "; new connections go on with the certificate from before");
    return;
  }
  const auto context = credentials.current();
  const std::string what = context->certificate().empty() ? "the authorities" : context->certificate();
  log::info("tls in " + credentials.title() + " was read again: new connections use " + what);
  if (context->is_expired())
    log::warn("the certificate of tls in " + credentials.title() + " has expired; renew it");
}

}  // namespace

CertificateWatch::CertificateWatch(net::Loop& loop,
                                   std::vector<std::shared_ptr<tls::Credentials>> credentials)
    : credentials_(std::move(credentials)), timer_(loop, [this] { look(); }) {
  for (const auto& one : credentials_) {
    if (one->current()->is_expired())
      log::warn(one->files().where.to_string() + ": the certificate of tls in " + one->title() + ", " +
                one->current()->certificate() + ", has expired; renew it");
  }
  if (!credentials_.empty()) timer_.start_repeating(kPeriodMs);
}

void CertificateWatch::look() {
  for (const auto& one : credentials_) {
    if (one->have_changed()) reload(*one);
  }
}

void CertificateWatch::reload_all() {
  for (const auto& one : credentials_) reload(*one);
}

}  // namespace holdfast::cli
