#include "tests/resp/fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace holdfast::testing {
namespace {

constexpr size_t kEverySplitUpTo = 3000;

}  // namespace

HeapBlock::HeapBlock(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

void for_each_fragmentation(std::string_view bytes, const std::function<void(const Fragments&)>& callback) {
  {
    SCOPED_TRACE("whole");
    callback({bytes});
  }
  {
    SCOPED_TRACE("one byte at a time");
    Fragments single;
    for (size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
    callback(single);
  }
  const size_t stride = bytes.size() <= kEverySplitUpTo ? 1 : bytes.size() / kEverySplitUpTo;
  for (size_t at = 1; at < bytes.size();) {
    SCOPED_TRACE("cut at " + std::to_string(at));
    callback({bytes.substr(0, at), bytes.substr(at)});
    if (::testing::Test::HasFatalFailure()) return;  // one is enough to see what is wrong
    at += at < 64 || at + stride + 64 > bytes.size() ? 1 : stride;
  }
}

std::string printable(std::string_view bytes) {
  constexpr size_t kShown = 200;
  std::string text;
  for (const char c : bytes.substr(0, kShown)) {
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof(hex), "\\x%02x", static_cast<unsigned char>(c));
      text += hex;
    }
  }
  if (bytes.size() > kShown) text += "... (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

}  // namespace holdfast::testing
