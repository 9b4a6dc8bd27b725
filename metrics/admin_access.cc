#include "metrics/admin_access.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace holdfast::metrics {
namespace {

// The token behind "Bearer ", a word in upper or lower case; empty when it is something else.
std::string_view bearer(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return {};
  const bool is_scheme = std::ranges::equal(header.substr(0, kScheme.size()), kScheme, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
  });
  if (!is_scheme) return {};
  header.remove_prefix(kScheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header.substr(0, header.find_last_not_of(' ') + 1);
}

}  // namespace

AdminAccess::AdminAccess(const std::vector<std::string>& tokens, bool by_certificate)
    : by_certificate_(by_certificate) {
  set_tokens(tokens);
}

bool AdminAccess::set_tokens(const std::vector<std::string>& tokens) {
  std::vector<Sha256> digests;
  for (const std::string& token : tokens) digests.push_back(sha256(token));
  return std::exchange(tokens_, digests) != digests;
}

bool AdminAccess::allows(const HttpRequest& request) const {
  if (tokens_.empty() && !by_certificate_) return true;
  if (by_certificate_ && !request.client_name.empty()) return true;
  const std::string_view token = bearer(request.authorization);
  if (token.empty()) return false;
  // All of them, whichever it is.
  const Sha256 given = sha256(token);
  bool known = false;
  for (const Sha256& one : tokens_) known |= equal_in_constant_time(given, one);
  return known;
}

std::string AdminAccess::what_to_do() const {
  const char* token = "send 'Authorization: Bearer <token>' with a token of server.admin_token_file";
  const char* certificate =
      "show a certificate that an authority in client_ca of server.admin_tls has signed";
  if (!by_certificate_) return token;
  return by_token() ? std::string(token) + ", or " + certificate : certificate;
}

}  // namespace holdfast::metrics
