#include "net/uv_error.h"

#include <uv.h>

#include <string>

namespace holdfast::net {

Error uv_error(std::string_view what, int uv_problem) {
  ErrorCode code = ErrorCode::kIo;
  switch (uv_problem) {
    case UV_ECONNREFUSED:
    case UV_ECONNRESET:
    case UV_EHOSTUNREACH:
    case UV_ENETUNREACH:
    case UV_ENOENT:
    case UV_EPIPE:
    case UV_EAI_NONAME:
      code = ErrorCode::kUnavailable;
      break;
    case UV_ETIMEDOUT:
      code = ErrorCode::kTimeout;
      break;
    default:
      break;
  }
  // Not uv_strerror(), which leaks a few bytes for a number that it does not know.
  char text[128];
  return Error(code, std::string(what) + ": " + uv_strerror_r(uv_problem, text, sizeof(text)));
}

}  // namespace holdfast::net
