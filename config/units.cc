#include "config/units.h"

#include <charconv>
#include <limits>
#include <span>

#include "config/text.h"

namespace holdfast::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Largest first within a family: the formatters take the first that divides the value.
constexpr Unit kDurationUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1},
};
constexpr Unit kSizeUnits[] = {
    {"TiB", int64_t{1} << 40},
    {"GiB", int64_t{1} << 30},
    {"MiB", int64_t{1} << 20},
    {"KiB", int64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"KB", 1'000},
    {"B", 1},
};
constexpr std::string_view kDurationHelp = "write a whole number and ms, s, m, h or d, as in \"10s\"";
constexpr std::string_view kSizeHelp =
    "write a whole number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, as in \"256MiB\"";

std::string_view unit_of(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789");
  return digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
}

const Unit* find_unit(std::string_view name, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

Result<int64_t> parse(std::string_view text, std::span<const Unit> units, std::string_view help) {
  const auto wrong = [&](std::string_view what) {
    return Error(ErrorCode::kInvalid, quote_value(text) + " " + std::string(what) + "; " + std::string(help));
  };
  const std::string_view unit_name = unit_of(text);
  const std::string_view digits = text.substr(0, text.size() - unit_name.size());
  if (digits.empty()) return wrong("does not begin with a whole number");
  if (unit_name.empty()) return wrong("has no unit");
  const Unit* unit = find_unit(unit_name, units);
  if (unit == nullptr) return wrong("has an unknown unit");
  int64_t count = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (problem != std::errc() || count > std::numeric_limits<int64_t>::max() / unit->factor)
    return Error(ErrorCode::kInvalid, quote_value(text) + " is too large");
  return count * unit->factor;
}

std::string format(int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value != 0 && value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string(unit.name);
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<int64_t> parse_duration_ms(std::string_view text) {
  return parse(text, kDurationUnits, kDurationHelp);
}

Result<uint64_t> parse_size_bytes(std::string_view text) {
  const auto bytes = parse(text, kSizeUnits, kSizeHelp);
  if (!bytes.ok()) return bytes.error();
  return static_cast<uint64_t>(bytes.value());
}

bool looks_like_size(std::string_view text) {
  return find_unit(unit_of(text), kSizeUnits) != nullptr;
}

std::string format_duration(int64_t ms) {
  return format(ms, kDurationUnits);
}

std::string format_size(uint64_t bytes) {
  return format(static_cast<int64_t>(bytes), kSizeUnits);
}

}  // namespace holdfast::config
