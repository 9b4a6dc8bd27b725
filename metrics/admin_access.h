// Who may see what the admin endpoint serves: those with a token, those with a certificate, or everybody.
//
// Main thread. A token is compared in a time that does not tell how much of it was right.
#pragma once

#include <string>
#include <vector>

#include "base/sha256.h"
#include "metrics/http_request_parser.h"

namespace holdfast::metrics {

class AdminAccess {
 public:
  // Neither tokens nor certificates: everybody may.
  AdminAccess(const std::vector<std::string>& tokens, bool by_certificate);

  // After a reload. True when they are others than before.
  bool set_tokens(const std::vector<std::string>& tokens);

  // By "Authorization: Bearer <token>" (RFC 6750), or by the name in its certificate.
  bool allows(const HttpRequest& request) const;
  bool by_token() const { return !tokens_.empty(); }
  // What somebody who may not has to do.
  std::string what_to_do() const;

 private:
  std::vector<Sha256> tokens_;
  const bool by_certificate_;
};

}  // namespace holdfast::metrics
