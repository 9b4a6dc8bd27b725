// Reads certificates again, on SIGHUP and when their files have changed. New connections use the new ones;
// those that are there go on. Files that cannot be used change nothing and are reported.
//
// Owned by Server; main thread.
#pragma once

#include <memory>
#include <vector>

#include "net/loop.h"
#include "net/signal.h"
#include "net/timer.h"
#include "tls/credentials.h"

namespace holdfast::cli {

class CertificateWatch {
 public:
  CertificateWatch(net::Loop& loop, std::vector<std::shared_ptr<tls::Credentials>> credentials);

 private:
  void look();
  void reload_all();

  const std::vector<std::shared_ptr<tls::Credentials>> credentials_;
  net::Timer timer_;
  net::Signal hangup_;
};

}  // namespace holdfast::cli
