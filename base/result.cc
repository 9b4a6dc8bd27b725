#include "base/result.h"

#include <cstring>

namespace holdfast {

Error Error::from_errno(std::string_view what, int errno_value) {
  char buffer[128];
  const char* text = strerror_r(errno_value, buffer, sizeof(buffer));
  return Error(ErrorCode::kIo, std::string(what) + ": " + text);
}

}  // namespace holdfast
