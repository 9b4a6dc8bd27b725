// Reading the "name=value" fields of an #HF line, in the one order that the format has. Pure.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::journal {

// A cursor over one line. After the first mismatch nothing matches any more; ok() tells at the end.
class LineFields {
 public:
  explicit LineFields(std::string_view line) : rest_(line) {}

  void literal(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }

  // Canonical numbers only (no sign, no leading zero), so that a value has one spelling.
  template <std::integral T>
  void number(T& value, int base = 10) {
    if (!ok_) return;
    const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    const auto digits = static_cast<size_t>(end - rest_.data());
    ok_ =
        problem == std::errc() && rest_.front() != '-' && (base != 10 || digits == 1 || rest_.front() != '0');
    if (ok_) rest_.remove_prefix(digits);
  }

  // Exactly `digits` lower-case hex digits.
  template <std::integral T>
  void hex(T& value, size_t digits) {
    ok_ = ok_ && rest_.size() >= digits &&
          rest_.substr(0, digits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!ok_) return;
    std::from_chars(rest_.data(), rest_.data() + digits, value, 16);
    rest_.remove_prefix(digits);
  }

  void text(std::string& value, size_t size) {
    ok_ = ok_ && rest_.size() >= size;
    if (!ok_) return;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace holdfast::journal
