#include "tls/connection.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "tls/certificate.h"
#include "tls/explain.h"

namespace holdfast::tls {
namespace {

bool is_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace

// A BIO that reads from input_ and writes to *out_, so that no bytes are copied into memory of OpenSSL's
// that never shrinks.
BIO_METHOD* Connection::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "holdfast");
    BIO_meth_set_read(made, &Connection::bio_read);
    BIO_meth_set_write(made, &Connection::bio_write);
    BIO_meth_set_ctrl(made, &bio_control);
    return made;
  }();
  return method;
}

int Connection::bio_read(BIO* bio, char* buffer, int size) {
  auto* self = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self->input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t taken = std::min(self->input_.size(), static_cast<size_t>(size));
  std::memcpy(buffer, self->input_.data(), taken);
  self->input_.remove_prefix(taken);
  return static_cast<int>(taken);
}

int Connection::bio_write(BIO* bio, const char* bytes, int size) {
  auto* self = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  self->out_->append(bytes, static_cast<size_t>(size));
  return size;
}

Connection::Connection(const Context& context)
    : side_(context.side_), ca_(context.ca_), server_name_(context.server_name_) {}

std::unique_ptr<Connection> Connection::make(const Context& context) {
  std::unique_ptr<Connection> made(new Connection(context));
  made->ssl_ = SSL_new(context.context_);
  BIO* bio = made->ssl_ == nullptr ? nullptr : BIO_new(bio_method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, made.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(made->ssl_, bio, bio);
  SSL_set_app_data(made->ssl_, made.get());
  if (context.side_ == Side::kServer) {
    SSL_set_accept_state(made->ssl_);
    return made;
  }
  SSL_set_connect_state(made->ssl_);
  return made->set_up_client(context) ? std::move(made) : nullptr;
}

bool Connection::set_up_client(const Context& context) {
  const std::string& name = context.server_name_;
  if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), name.c_str()) == 1;
  SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl_, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl_, name.c_str()) == 1;
}

Connection::~Connection() {
  SSL_free(ssl_);
}

void Connection::put(std::string_view bytes) {
  if (input_.empty()) {
    input_ = bytes;
    return;
  }
  keep_input();
  kept_.append(bytes);
  input_ = kept_;
}

void Connection::keep_input() {
  if (input_.empty()) {
    if (!kept_.empty()) std::string().swap(kept_);
    return;
  }
  if (input_.size() == kept_.size() && input_.data() == kept_.data()) return;
  std::string rest(input_);
  kept_.swap(rest);
  input_ = kept_;
}

// With the context of a certificate that OpenSSL does not accept: later it is gone.
int Connection::on_verify(int good, X509_STORE_CTX* store) {
  if (good == 1) return good;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<Connection*>(SSL_get_app_data(ssl));
  self->peer_problem_ = explain_certificate(store, self->side_, self->ca_, self->server_name_);
  return good;
}

Error Connection::fail(int result) {
  failed_ = explain_failure(ssl_, result, side_, established_, peer_problem_);
  return *failed_;
}

Result<bool> Connection::shake_hands(std::string& out) {
  if (failed_) return *failed_;
  if (established_) return true;
  out_ = &out;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) {
    if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ) return false;
    return fail(result);
  }
  established_ = true;
  if (X509* peer = SSL_get0_peer_certificate(ssl_); peer != nullptr) peer_name_ = name_of(peer);
  return true;
}

Result<size_t> Connection::read(char* buffer, size_t size, std::string& out) {
  out_ = &out;
  size_t filled = 0;
  while (filled < size && !failed_ && !peer_closed_) {
    ERR_clear_error();
    size_t got = 0;
    const int result = SSL_read_ex(ssl_, buffer + filled, size - filled, &got);
    if (result == 1) {
      filled += got;
      continue;
    }
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN)
      peer_closed_ = true;
    else
      (void)fail(result);
  }
  if (filled == 0 && failed_) return *failed_;
  return filled;
}

bool Connection::has_more() const {
  return has_input() || SSL_has_pending(ssl_) == 1;
}

Status Connection::write(std::string_view bytes, std::string& out) {
  if (failed_) return *failed_;
  if (bytes.empty()) return {};
  out_ = &out;
  ERR_clear_error();
  size_t written = 0;
  // All or nothing: our BIO takes everything.
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written);
  if (result != 1) return fail(result);
  return {};
}

void Connection::close(std::string& out) {
  if (failed_ || !established_) return;
  out_ = &out;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_);
}

}  // namespace holdfast::tls
