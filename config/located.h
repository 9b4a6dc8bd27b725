// Values of the configuration that know where they were written.
#pragma once

#include <string>

namespace holdfast::config {

// Where a value was written. file is empty and line 0 for a default.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;  // bytes, 1 = the first; 0: somewhere in the line

  std::string to_string() const;  // "holdfast.toml:12", or "the defaults"
};

template <typename T>
struct Located {
  T value;
  Location where;
};

}  // namespace holdfast::config
