#include "tls/explain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "tls/certificate.h"

namespace holdfast::tls {
namespace {

// Alerts with which a peer says that it does not like our certificate (RFC 8446 section 6.2).
bool is_about_our_certificate(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return true;
    default:
      return false;
  }
}

bool is_about_the_version(int reason) {
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_VERSION_TOO_LOW ||
         reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_NO_PROTOCOLS_AVAILABLE;
}

bool is_no_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_HTTPS_PROXY_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
         reason == SSL_R_BAD_RECORD_TYPE;
}

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

Error explain_upstream(int reason, const std::string& words) {
  if (is_about_our_certificate(reason))
    return refused("it does not accept the certificate of Holdfast (" + words +
                   "); set cert and key in tls to a pair that its authority has signed");
  if (is_about_the_version(reason))
    return refused("it speaks no version of TLS that is allowed here (" + words +
                   "); allow TLS 1.2 or 1.3 there");
  if (is_no_tls(reason))
    return Error(ErrorCode::kProtocol,
                 "it does not speak TLS; write redis:// in url, or the port on which it does (tls-port)");
  return refused("TLS failed (" + words + ")");
}

Error explain_client(int reason, const std::string& words) {
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return refused(
        "it showed no certificate, which client_ca asks for; give the client a certificate and key");
  if (is_about_our_certificate(reason))
    return refused("it does not accept the certificate that is shown here (" + words +
                   "); give the client the authority that signed it, or use another cert");
  if (is_about_the_version(reason))
    return refused("it speaks no version of TLS that is allowed here (" + words +
                   "); the client must speak TLS 1.2 or 1.3");
  if (is_no_tls(reason))
    return Error(ErrorCode::kProtocol, "it does not speak TLS; switch TLS on in the client");
  return refused("TLS failed (" + words + ")");
}

}  // namespace

std::string take_library_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(error)) return "a system call failed";
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "error " + std::to_string(ERR_GET_REASON(error));
}

std::string explain_certificate(X509_STORE_CTX* store, Side side, const std::string& ca,
                                const std::string& server_name) {
  const int problem = X509_STORE_CTX_get_error(store);
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const bool own = X509_STORE_CTX_get_error_depth(store) == 0 || certificate == nullptr;
  const std::string what =
      own ? "its certificate" : "the authority '" + name_of(certificate) + "' of its certificate";
  const std::string authorities = side == Side::kServer ? "client_ca '" + ca + "'"
                                  : ca.empty()          ? std::string("those that this system trusts")
                                                        : "ca '" + ca + "'";
  switch (problem) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return what + " expired on " + expiry_of(certificate) + "; renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return what + " is valid only from " + begin_of(certificate) + " on; compare the clocks";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return what + " is for " + names_of(certificate) + " and not for '" + server_name +
             "'; correct the host in url, or set server_name in tls to the name that it is for";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      if (side == Side::kServer)
        return what + " is signed by no authority in " + authorities + "; give the client one that is";
      return what + " is signed by no authority among " + authorities +
             "; set ca in tls to the file with the authority that signed it";
    default:
      return what + " is not valid (" + X509_verify_cert_error_string(problem) + ")";
  }
}

Error explain_failure(const SSL* ssl, int result, Side side, bool established,
                      const std::string& certificate_problem) {
  if (!certificate_problem.empty()) {
    ERR_clear_error();
    return refused(certificate_problem);
  }
  const int kind = SSL_get_error(ssl, result);
  if (kind == SSL_ERROR_ZERO_RETURN || (kind == SSL_ERROR_SYSCALL && ERR_peek_error() == 0))
    return Error(ErrorCode::kUnavailable, established ? "the connection was closed"
                                                      : "it closed the connection during the TLS handshake");
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  const std::string words = take_library_error();
  return side == Side::kServer ? explain_client(reason, words) : explain_upstream(reason, words);
}

}  // namespace holdfast::tls
