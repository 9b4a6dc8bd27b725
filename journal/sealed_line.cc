#include "journal/sealed_line.h"

#include <charconv>
#include <cstdio>

#include "journal/crc32c.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kCrc = " crc=";
constexpr size_t kDigits = 8;

std::string hex_of(uint32_t crc) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%08x", crc);
  return digits;
}

}  // namespace

std::string seal_line(std::string_view text) {
  std::string line = std::string(text) + std::string(kCrc);
  return line + hex_of(crc32c(0, line.data(), line.size())) + "\n";
}

std::optional<std::string_view> open_line(std::string_view line, std::string_view what) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.size() < kDigits + kCrc.size()) return std::nullopt;
  const std::string_view text = line.substr(0, line.size() - kDigits);
  if (!text.ends_with(kCrc) || hex_of(crc32c(0, text.data(), text.size())) != line.substr(text.size()))
    return std::nullopt;
  if (!text.starts_with("#HF " + std::string(what) + " ")) return std::nullopt;
  return text.substr(0, text.size() - kCrc.size());
}

std::string_view text_field(std::string_view line, std::string_view name) {
  const std::string wanted = " " + std::string(name) + "=";
  const size_t at = line.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view value = line.substr(at + wanted.size());
  return value.substr(0, value.find(' '));
}

uint64_t number_field(std::string_view line, std::string_view name) {
  const std::string_view text = text_field(line, name);
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace holdfast::journal
