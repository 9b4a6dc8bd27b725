#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holdfast::testing {
namespace {

constexpr int kDeadlineMs = 60'000;
constexpr size_t kPiece = 64 * 1024;

}  // namespace

TlsClient::TlsClient(int port, const std::string& ca)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(SSL_CTX_new(TLS_client_method())),
      ssl_(SSL_new(context_)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(SSL_CTX_load_verify_file(context_, ca.c_str()), 1);
  SSL_set_verify(ssl_, SSL_VERIFY_PEER, nullptr);
  SSL_set_fd(ssl_, fd_);
  EXPECT_EQ(SSL_connect(ssl_), 1);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

TlsClient::~TlsClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(fd_);
}

// One thread, both directions: an SSL object is not for two.
std::string TlsClient::exchange(std::string_view request, size_t reply_size) {
  std::string reply(reply_size, '\0');
  size_t got = 0;
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  while (got < reply_size || !request.empty()) {
    size_t n = 0;
    bool moved = false;
    if (!request.empty() && SSL_write_ex(ssl_, request.data(), std::min(request.size(), kPiece), &n) == 1) {
      request.remove_prefix(n);
      moved = true;
    }
    if (got < reply_size) {
      const int result = SSL_read_ex(ssl_, reply.data() + got, reply_size - got, &n);
      if (result == 1) {
        got += n;
        moved = true;
      } else if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
        break;
      }
    }
    if (moved) continue;
    pollfd waiting{fd_, static_cast<short>(request.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    if (::poll(&waiting, 1, kDeadlineMs) <= 0) break;
  }
  reply.resize(got);
  return reply;
}

std::string TlsClient::peer_name() const {
  char name[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_)), NID_commonName, name,
                            sizeof name);
  return name;
}

}  // namespace holdfast::testing
