#include "tls/credentials.h"

#include <sys/stat.h>

#include <utility>

namespace holdfast::tls {

Credentials::Credentials(Side side, const config::TlsFiles& files, std::string title, std::string host)
    : side_(side), files_(files), title_(std::move(title)), host_(std::move(host)) {}

Result<std::shared_ptr<Credentials>> Credentials::load(Side side, const config::TlsFiles& files,
                                                       std::string title, std::string host) {
  std::shared_ptr<Credentials> made(new Credentials(side, files, std::move(title), std::move(host)));
  if (Status loaded = made->read(); !loaded.ok()) return loaded.error();
  return made;
}

std::shared_ptr<const Context> Credentials::current() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

Status Credentials::reload() {
  Status status = read();
  return status.ok() ? status : status.error().prefixed(files_.where.to_string());
}

Status Credentials::read() {
  read_ = seen_ = stamps();  // before reading: what is written meanwhile counts as a change
  auto made = side_ == Side::kServer ? Context::for_server(files_) : Context::for_client(files_, host_);
  if (!made.ok()) return made.error().prefixed("tls in " + title_);
  const std::lock_guard lock(mutex_);
  context_ = std::move(made).value();
  return {};
}

bool Credentials::have_changed() {
  Stamps now = stamps();
  const bool settled = now == seen_;
  seen_ = std::move(now);
  return settled && seen_ != read_;
}

Credentials::Stamps Credentials::stamps() const {
  Stamps result;
  for (const std::string* path : {&files_.cert, &files_.key, &files_.ca}) {
    struct stat status {};
    if (path->empty() || ::stat(path->c_str(), &status) != 0) {
      result.emplace_back();
      continue;
    }
    result.push_back({status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
                      status.st_mtim.tv_sec * INT64_C(1'000'000'000) + status.st_mtim.tv_nsec});
  }
  return result;
}

}  // namespace holdfast::tls
