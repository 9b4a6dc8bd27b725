#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "tls/certificate.h"
#include "tls/connection.h"
#include "tls/explain.h"

namespace holdfast::tls {
namespace {

// For TLS 1.2; those of 1.3 are all good. Forward secrecy and authenticated encryption only.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
// Tickets belong to the context that made them: after a reload every client shows its certificate anew.
constexpr unsigned char kSessionContext[] = "holdfast";

// OpenSSL says "no such file" in many ways; the system says it in one.
Status readable(const std::string& path, const char* what) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr)
    return Error::from_errno("cannot read the " + std::string(what) + " '" + path + "'", errno);
  std::fclose(file);
  return {};
}

Error unusable(const char* what, const std::string& path, const char* expected) {
  return Error(ErrorCode::kInvalid, "the " + std::string(what) + " '" + path + "' holds no " + expected +
                                        " in PEM form (" + take_library_error() + ")");
}

// Instead of OpenSSL's own, which would ask at the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

}  // namespace

Context::~Context() {
  SSL_CTX_free(context_);
}

Result<std::shared_ptr<Context>> Context::make(Side side) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(side == Side::kServer ? TLS_server_method() : TLS_client_method());
  if (context == nullptr)
    return Error(ErrorCode::kIo, "OpenSSL cannot be used (" + take_library_error() +
                                     "); check its installation and openssl.cnf");
  std::shared_ptr<Context> made(new Context(side, context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  // Most Redis clients just close; a reply that was cut is noticed by its protocol, not by close_notify.
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection gives its buffers back (32 KiB each).
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  return made;
}

Result<std::shared_ptr<const Context>> Context::for_server(const config::TlsFiles& files) {
  auto made = make(Side::kServer);
  if (!made.ok()) return made.error();
  Context& context = *made.value();
  if (Status used = context.use_certificate(files); !used.ok()) return used.error();
  if (files.ca.empty()) {
    SSL_CTX_set_verify(context.context_, SSL_VERIFY_NONE, nullptr);
  } else if (Status asked = context.ask_for_certificates(files); !asked.ok()) {
    return asked.error();
  }
  return std::shared_ptr<const Context>(std::move(made).value());
}

Result<std::shared_ptr<const Context>> Context::for_client(const config::TlsFiles& files,
                                                           const std::string& host) {
  auto made = make(Side::kClient);
  if (!made.ok()) return made.error();
  Context& context = *made.value();
  context.server_name_ = files.server_name.empty() ? host : files.server_name;
  if (!files.cert.empty()) {
    if (Status used = context.use_certificate(files); !used.ok()) return used.error();
  }
  if (!files.ca.empty()) {
    if (Status trusted = context.trust(files.ca); !trusted.ok()) return trusted.error();
  } else if (SSL_CTX_set_default_verify_paths(context.context_) != 1) {
    return Error(ErrorCode::kIo, "the system's authorities cannot be read (" + take_library_error() +
                                     "); set ca to the authority of the upstream's certificate");
  }
  SSL_CTX_set_verify(context.context_, SSL_VERIFY_PEER, &Connection::on_verify);
  return std::shared_ptr<const Context>(std::move(made).value());
}

Status Context::use_certificate(const config::TlsFiles& files) {
  if (Status found = readable(files.cert, "cert"); !found.ok()) return found;
  if (Status found = readable(files.key, "key"); !found.ok()) return found;
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context_, files.cert.c_str()) != 1)
    return unusable("cert", files.cert, "usable certificate");
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context_, no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context_, &asked);
  const bool used = SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context_, nullptr);
  if (asked)
    return Error(ErrorCode::kInvalid, "the key '" + files.key +
                                          "' is protected by a passphrase, which nobody is there to type; "
                                          "write it without one and restrict who may read the file");
  // OpenSSL compares the key with the certificate at this point already.
  if (!used && ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
    ERR_clear_error();
  else if (!used && ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_TYPE_MISMATCH)
    return unusable("key", files.key, "private key");
  if (!used || SSL_CTX_check_private_key(context_) != 1) {
    ERR_clear_error();
    return Error(ErrorCode::kInvalid, "the key '" + files.key + "' does not belong to the certificate '" +
                                          files.cert + "'; use the pair that was made together");
  }
  const X509* own = SSL_CTX_get0_certificate(context_);
  certificate_ = "'" + name_of(own) + "', valid until " + expiry_of(own);
  expired_ = has_expired(own);
  not_after_unix_s_ = expiry_unix_s(own);
  return {};
}

Status Context::trust(const std::string& ca) {
  ca_ = ca;
  if (Status found = readable(ca, "ca"); !found.ok()) return found;
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context_, ca.c_str()) != 1) return unusable("ca", ca, "certificate");
  return {};
}

Status Context::ask_for_certificates(const config::TlsFiles& files) {
  const std::string& ca = files.ca;
  if (Status found = readable(ca, "client_ca"); !found.ok()) return found;
  if (!trust(ca).ok()) return unusable("client_ca", ca, "certificate");
  SSL_CTX_set_client_CA_list(context_, SSL_load_client_CA_file(ca.c_str()));
  const int need = files.may_be_nobody ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | need, &Connection::on_verify);
  return {};
}

std::unique_ptr<Connection> Context::open() const {
  return Connection::make(*this);
}

}  // namespace holdfast::tls
