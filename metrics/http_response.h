// An HTTP answer and its bytes on the wire. Pure values.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::metrics {

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string_view content_type = kPlainText;  // static
  std::string_view content_encoding = {};      // static
  // Server-sent events: the body is only the beginning, and the connection stays for what is published.
  bool is_event_stream = false;
};

struct ResponseForm {
  bool keep_alive = true;
  bool with_body = true;  // false for HEAD: the same headers, Content-Length included
};

// The whole answer in HTTP/1.1. A 405 names the allowed methods, as it must (RFC 9110, 15.5.6).
std::string to_bytes(const HttpResponse& response, ResponseForm form);

}  // namespace holdfast::metrics
