// From what OpenSSL reports to one sentence for a person: what is wrong, and what to do. Internal to tls/.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "base/result.h"
#include "tls/context.h"

namespace holdfast::tls {

// The library's last error in its own words, "wrong version number"; takes it off the thread's queue.
std::string take_library_error();

// What is wrong with the peer's certificate that is being verified. `ca`: the file of authorities that was
// used; `server_name`: what it must be for.
std::string explain_certificate(X509_STORE_CTX* store, Side side, const std::string& ca,
                                const std::string& server_name);

// Why a call has failed. `certificate_problem`: what explain_certificate() said before, or empty.
// kRefused: a person has to change something; kProtocol: that is no TLS; kUnavailable: the peer went.
Error explain_failure(const SSL* ssl, int result, Side side, bool established,
                      const std::string& certificate_problem);

}  // namespace holdfast::tls
