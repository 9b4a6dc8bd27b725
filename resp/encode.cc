#include "resp/encode.h"

namespace holdfast::resp {

void append_bulk(std::string& out, std::string_view text) {
  out.append("$").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
}

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  out.append("*").append(std::to_string(arguments.size())).append("\r\n");
  for (const std::string_view argument : arguments) append_bulk(out, argument);
}

}  // namespace holdfast::resp
