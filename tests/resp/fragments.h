// Bytes as a parser gets them from a socket: in pieces, each in a heap block of exactly its size, so that
// AddressSanitizer sees a read of one byte too many.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing {

class HeapBlock {
 public:
  explicit HeapBlock(std::string_view bytes);

  const char* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

using Fragments = std::vector<std::string_view>;

// Calls back with `bytes` whole, one byte at a time, and cut in two at every place (for long input: at the
// places around its ends and at some thousand between).
void for_each_fragmentation(std::string_view bytes, const std::function<void(const Fragments&)>& callback);

// For messages: what cannot be printed is escaped, and long text is cut short.
std::string printable(std::string_view bytes);

}  // namespace holdfast::testing
