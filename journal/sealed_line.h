// Lines of the small files beside the journal: "#HF <what> <name>=<value> ... crc=<8 hex>\n".
//
// Pure. Values have no blanks; the checksum is the CRC-32C of everything before its eight digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::journal {

// `text`: "#HF server run_id=... commands=12", without the checksum and the end of the line.
std::string seal_line(std::string_view text);
// The text of a line that is whole and begins with "#HF <what> "; nothing when it is not.
std::optional<std::string_view> open_line(std::string_view line, std::string_view what);

// The value of a field; empty, or 0, when it is not there.
std::string_view text_field(std::string_view line, std::string_view name);
uint64_t number_field(std::string_view line, std::string_view name);

}  // namespace holdfast::journal
