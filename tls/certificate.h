// What a certificate says, as a person reads it. Internal to tls/. Any thread.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <string>

namespace holdfast::tls {

// Its common name; without one the first DNS name, URI or address that it is for; empty when it has none.
std::string name_of(const X509* certificate);

// The names that it is for, as in "'a.example' and '10.0.0.1'"; the first few.
std::string names_of(const X509* certificate);

// "2027-01-31 12:00 UTC"
std::string expiry_of(const X509* certificate);
std::string begin_of(const X509* certificate);
int64_t expiry_unix_s(const X509* certificate);  // 0: its date cannot be read
bool has_expired(const X509* certificate);

}  // namespace holdfast::tls
