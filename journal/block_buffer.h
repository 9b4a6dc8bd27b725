// Memory for what a FixedFile is given to write: it begins at an address from which a disk can read itself.
//
// Owned by who writes; any one thread.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "journal/durable_file.h"

namespace holdfast::journal {

class BlockBuffer {
 public:
  // Whole blocks for `bytes`. Like std::string it keeps the room that it once had; unlike it, it forgets
  // what was in it, and there may be none: then the answer is null.
  char* take(size_t bytes) {
    const size_t size = (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    if (size > size_) {
      bytes_.reset(static_cast<char*>(std::aligned_alloc(kBlockBytes, size)));
      size_ = bytes_ ? size : 0;
    }
    return bytes_.get();
  }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<char[], Free> bytes_;
  size_t size_ = 0;
};

}  // namespace holdfast::journal
