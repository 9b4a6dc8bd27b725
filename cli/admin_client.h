// Asks the admin address of a running Holdfast over HTTP or HTTPS: blocking, with a deadline. One connection
// for each question, so that it survives a restart of the other side.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/endpoint.h"
#include "base/result.h"
#include "journal/stop_signal.h"
#include "tls/credentials.h"

namespace holdfast::cli {

struct AdminAddress {
  Endpoint endpoint;
  bool tls = false;
  std::string token;              // sent as a bearer token; empty: none
  std::string ca, cert, key;      // of https
  std::string to_string() const;  // "http://127.0.0.1:9121"
};

// "http://host:port", "https://host:port", "host:port" or "unix:/path".
Result<AdminAddress> parse_admin_address(const std::string& text);

class AdminClient {
 public:
  // `stop` ends a question that is under way; it must outlive the client.
  static Result<AdminClient> open(AdminAddress address, const journal::StopSignal& stop);

  // The body of GET `path`. Any other status than 200 is an Error that says what to do.
  Result<std::string> get(const std::string& path) const;
  const AdminAddress& address() const { return address_; }

 private:
  AdminClient(AdminAddress address, const journal::StopSignal& stop, std::shared_ptr<tls::Credentials> tls)
      : address_(std::move(address)), stop_(&stop), tls_(std::move(tls)) {}

  AdminAddress address_;
  const journal::StopSignal* stop_;
  std::shared_ptr<tls::Credentials> tls_;
};

}  // namespace holdfast::cli
