#include "tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

namespace holdfast::tls {
namespace {

constexpr size_t kNamesShown = 4;

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

// A name with a NUL or a control character in it is a trick; it names nobody.
std::string printable(std::string text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return {};
  return text;
}

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, string);
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return printable(std::move(text));
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

// Subject alternative names, RFC 5280 section 4.2.1.6.
std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> result;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_DNS) text = text_of(name->d.dNSName);
    if (name->type == GEN_URI) text = text_of(name->d.uniformResourceIdentifier);
    if (name->type == GEN_IPADD) text = address_of(name->d.iPAddress);
    if (!text.empty()) result.push_back(std::move(text));
  }
  return result;
}

std::string time_text(const ASN1_TIME* time) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) return "an unreadable date";
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d UTC", fields.tm_year + 1900, fields.tm_mon + 1,
                fields.tm_mday, fields.tm_hour, fields.tm_min);
  return text;
}

}  // namespace

std::string name_of(const X509* certificate) {
  if (std::string name = common_name(certificate); !name.empty()) return name;
  const auto names = alternative_names(certificate);
  return names.empty() ? "" : names.front();
}

std::string names_of(const X509* certificate) {
  auto names = alternative_names(certificate);
  if (names.empty()) names.push_back(common_name(certificate));
  const size_t shown = std::min(names.size(), kNamesShown);
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  if (shown < names.size()) text += " and others";
  return text;
}

std::string expiry_of(const X509* certificate) {
  return time_text(X509_get0_notAfter(certificate));
}

std::string begin_of(const X509* certificate) {
  return time_text(X509_get0_notBefore(certificate));
}

int64_t expiry_unix_s(const X509* certificate) {
  std::tm fields{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &fields) == 1 ? timegm(&fields) : 0;
}

bool has_expired(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

}  // namespace holdfast::tls
