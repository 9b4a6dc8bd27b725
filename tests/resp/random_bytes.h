// Random input of the kinds that find mistakes in parsers. The seed is fixed and printed, so a failure
// comes back when the test is run again.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/resp/fragments.h"

namespace holdfast::testing {

class RandomBytes {
 public:
  explicit RandomBytes(uint64_t seed);

  uint64_t below(uint64_t bound) { return generator_() % bound; }
  // Any bytes at all.
  std::string any(size_t size);
  // Bytes of which most mean something to the protocol.
  std::string of(std::string_view alphabet, size_t size);
  // Arguments of a command: often empty, short or full of line ends, sometimes large.
  std::vector<std::string> arguments();
  // The same bytes with one to three of them changed, dropped or doubled.
  std::string mutated(std::string bytes);
  // Pieces of any size, some empty.
  Fragments cut(std::string_view bytes);

 private:
  std::mt19937_64 generator_;
};

}  // namespace holdfast::testing
