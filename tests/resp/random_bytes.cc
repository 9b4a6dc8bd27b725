#include "tests/resp/random_bytes.h"

#include <algorithm>
#include <iostream>

namespace holdfast::testing {

RandomBytes::RandomBytes(uint64_t seed) : generator_(seed) {
  std::cout << "seed " << seed << "\n";
}

std::string RandomBytes::any(size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(below(256));
  return bytes;
}

std::string RandomBytes::of(std::string_view alphabet, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = alphabet[below(alphabet.size())];
  return bytes;
}

std::vector<std::string> RandomBytes::arguments() {
  std::vector<std::string> all(1 + below(8));
  for (std::string& argument : all) {
    switch (below(4)) {
      case 0:
        argument = any(below(3));
        break;
      case 1:
        argument = of("\r\n*$0123456789", below(20));
        break;
      case 2:
        argument = any(below(200));
        break;
      default:
        if (below(20) == 0) argument = any(below(20'000));
    }
  }
  return all;
}

std::string RandomBytes::mutated(std::string bytes) {
  for (uint64_t left = 1 + below(3); left > 0 && !bytes.empty(); --left) {
    const size_t at = below(bytes.size());
    switch (below(3)) {
      case 0:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes.erase(at, 1);
        break;
      default:
        bytes.insert(at, 1, bytes[at]);
    }
  }
  return bytes;
}

Fragments RandomBytes::cut(std::string_view bytes) {
  Fragments pieces;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(below(below(2) == 0 ? 4 : 100), bytes.size());
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

}  // namespace holdfast::testing
