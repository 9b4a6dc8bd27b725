// What TLS connections of one kind have in common: certificate, key, authorities, protocol rules. Immutable.
//
// Made on the main thread from files; used by any thread, one call per connection. A connection keeps what
// it needs of it, so a Context may go while its connections live.
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446); no renegotiation, no compression, session tickets but no cache.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "config/config.h"

struct ssl_ctx_st;

namespace holdfast::tls {

class Connection;

enum class Side {
  kServer,  // clients connect to us
  kClient,  // we connect to an upstream
};

class Context {
 public:
  // Reads the files. With files.ca clients must show a certificate that one of its authorities signed, or
  // with may_be_nobody none at all. An error names the file and what to do about it, but not the section that
  // asked for it.
  static Result<std::shared_ptr<const Context>> for_server(const config::TlsFiles& files);

  // The upstream's certificate must be valid, signed by an authority in files.ca (without: one that the
  // system trusts), and for `host` or files.server_name.
  static Result<std::shared_ptr<const Context>> for_client(const config::TlsFiles& files,
                                                           const std::string& host);

  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // A connection that has not said anything yet; nullptr when there is no memory for one.
  std::unique_ptr<Connection> open() const;

  // "'cache.example', valid until 2027-01-31 12:00 UTC" of the certificate that is shown; empty without one.
  const std::string& certificate() const { return certificate_; }
  bool is_expired() const { return expired_; }
  // When it ends; 0 without one.
  int64_t not_after_unix_s() const { return not_after_unix_s_; }

 private:
  friend class Connection;
  Context(Side side, ssl_ctx_st* context) : side_(side), context_(context) {}

  static Result<std::shared_ptr<Context>> make(Side side);
  Status use_certificate(const config::TlsFiles& files);
  Status ask_for_certificates(const config::TlsFiles& files);
  Status trust(const std::string& ca);

  const Side side_;
  ssl_ctx_st* const context_;
  std::string ca_;           // the file; empty: those of the system
  std::string server_name_;  // kClient: what the certificate must be for
  std::string certificate_;
  bool expired_ = false;
  int64_t not_after_unix_s_ = 0;
};

}  // namespace holdfast::tls
