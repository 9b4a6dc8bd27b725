// SHA-1 (FIPS 180-4), only because Redis names scripts by it: no protection rests on it. One-shot; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// 40 lower-case hexadecimal digits, as SCRIPT LOAD answers.
std::string sha1_hex(std::string_view bytes);

}  // namespace holdfast
