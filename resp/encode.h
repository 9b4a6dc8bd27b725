// Writes requests: arguments to a multibulk command.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace holdfast::resp {

void append_command(std::string& out, std::span<const std::string_view> arguments);
inline void append_command(std::string& out, std::initializer_list<std::string_view> arguments) {
  append_command(out, std::span<const std::string_view>(arguments.begin(), arguments.size()));
}
void append_bulk(std::string& out, std::string_view text);

}  // namespace holdfast::resp
