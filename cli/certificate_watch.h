// Reads certificates again, when asked (SIGHUP) and when their files have changed. New connections use the
// new ones; those that are there go on. Files that cannot be used change nothing and are reported.
//
// Owned by Server; main thread.
#pragma once

#include <memory>
#include <vector>

#include "net/loop.h"
#include "net/timer.h"
#include "tls/credentials.h"

namespace holdfast::cli {

class CertificateWatch {
 public:
  CertificateWatch(net::Loop& loop, std::vector<std::shared_ptr<tls::Credentials>> credentials);

  void reload_all();

 private:
  void look();

  const std::vector<std::shared_ptr<tls::Credentials>> credentials_;
  net::Timer timer_;
};

}  // namespace holdfast::cli
