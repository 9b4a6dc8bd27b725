// A whole reply of Redis as a tree, for the few questions that posture asks. RESP2. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::posture {

struct Reply {
  enum class Kind { kText, kInteger, kArray, kNull, kError };

  Kind kind = Kind::kNull;
  std::string text;          // kText, kError (without '-')
  int64_t integer = 0;       // kInteger
  std::vector<Reply> items;  // kArray

  bool is_error() const { return kind == Kind::kError; }
  bool is_null() const { return kind == Kind::kNull; }
  // The value behind `name` in an array of names and values (CONFIG GET, ACL GETUSER); null if it is not
  // there.
  const Reply* value_of(std::string_view name) const;
};

}  // namespace holdfast::posture
