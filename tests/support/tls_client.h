// A blocking TLS client on loopback, over OpenSSL's own sockets: no code in common with tls/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace holdfast::testing {

class TlsClient {
 public:
  // Connects and checks the certificate against `ca`; a failure is a test failure.
  TlsClient(int port, const std::string& ca);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Sends and at the same time reads `reply_size` bytes; less when the connection ends before.
  std::string exchange(std::string_view request, size_t reply_size);
  // The common name of the server's certificate.
  std::string peer_name() const;

 private:
  int fd_;
  ssl_ctx_st* context_;
  ssl_st* ssl_;
};

}  // namespace holdfast::testing
