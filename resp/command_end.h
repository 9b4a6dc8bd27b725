// The end of one whole multibulk command at the start of some bytes, found by skipping from length to length.
//
// The quick half of command_framer.h: it keeps nothing and knows only "here is a whole command". Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace holdfast::resp {

// Bytes of the command that begins at data[0]; 0 when it is not complete, or is not a command. Accepts
// exactly what CommandFramer does, but for newlines before the command.
size_t command_end(const char* data, size_t size);

// The arguments of a command that command_end() has measured; views into `command`, after those that
// `arguments` already has.
void append_arguments(std::string_view command, std::vector<std::string_view>& arguments);

}  // namespace holdfast::resp
