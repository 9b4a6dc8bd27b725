#include "metrics/http_response.h"

namespace holdfast::metrics {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

}  // namespace

std::string to_bytes(const HttpResponse& response, ResponseForm form) {
  std::string bytes;
  bytes.reserve(256 + (form.with_body ? response.body.size() : 0));
  bytes += "HTTP/1.1 " + std::to_string(response.status) + " ";
  bytes += reason_phrase(response.status);
  bytes += "\r\nContent-Type: ";
  bytes += response.content_type;
  if (!response.is_event_stream) bytes += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (!response.content_encoding.empty()) {
    bytes += "\r\nContent-Encoding: ";
    bytes += response.content_encoding;
    bytes += "\r\nVary: Accept-Encoding";
  }
  // Every answer is about this moment, and none of it is ever a page to be guessed at.
  bytes += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
  if (response.status == 401) bytes += "\r\nWWW-Authenticate: Bearer";
  if (response.status == 405) bytes += "\r\nAllow: GET, HEAD";
  bytes += form.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (form.with_body) bytes += response.body;
  return bytes;
}

}  // namespace holdfast::metrics
