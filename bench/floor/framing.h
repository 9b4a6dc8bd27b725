// The cheapest framing that is still right for what the load generator sends and Redis answers to it:
// multibulk requests; status, error, integer and bulk replies. Anything else ends the connection.
// Pure functions on whole buffers; a cut-off tail is the caller's to keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace holdfast::bench {

struct Framed {
  size_t bytes = 0;       // of the whole items at the start of the buffer
  uint32_t items = 0;     // how many they are
  bool is_wrong = false;  // what follows is not of the kinds above
};

namespace framing {

enum class Step { kWhole, kCut, kWrong };

// Reads "<digits>\r\n" at `at` and moves it behind.
inline Step read_number(const char* data, size_t size, size_t& at, uint64_t& number) {
  uint64_t value = 0;
  size_t i = at;
  for (; i < size && static_cast<unsigned char>(data[i] - '0') < 10; ++i) {
    value = value * 10 + static_cast<uint64_t>(data[i] - '0');
  }
  if (i + 2 > size) return Step::kCut;
  if (data[i] != '\r' || i == at) return Step::kWrong;
  at = i + 2;
  number = value;
  return Step::kWhole;
}

inline Step skip_request(const char* data, size_t size, size_t& at) {
  if (data[at] != '*') return Step::kWrong;
  size_t i = at + 1;
  uint64_t count = 0;
  if (const Step step = read_number(data, size, i, count); step != Step::kWhole) return step;
  for (; count > 0; --count) {
    if (i >= size) return Step::kCut;
    if (data[i++] != '$') return Step::kWrong;
    uint64_t length = 0;
    if (const Step step = read_number(data, size, i, length); step != Step::kWhole) return step;
    if (length + 2 > size - i) return Step::kCut;
    i += length + 2;
  }
  at = i;
  return Step::kWhole;
}

inline Step skip_reply(const char* data, size_t size, size_t& at) {
  const char type = data[at];
  if (type == '$' && at + 1 < size && data[at + 1] != '-') {
    size_t i = at + 1;
    uint64_t length = 0;
    if (const Step step = read_number(data, size, i, length); step != Step::kWhole) return step;
    if (length + 2 > size - i) return Step::kCut;
    at = i + length + 2;
    return Step::kWhole;
  }
  if (type != '+' && type != ':' && type != '-' && type != '$') return Step::kWrong;
  const void* newline = std::memchr(data + at, '\n', size - at);
  if (newline == nullptr) return Step::kCut;
  at = static_cast<size_t>(static_cast<const char*>(newline) - data) + 1;
  return Step::kWhole;
}

}  // namespace framing

inline Framed frame_requests(const char* data, size_t size) {
  Framed framed;
  while (framed.bytes < size) {
    const framing::Step step = framing::skip_request(data, size, framed.bytes);
    if (step != framing::Step::kWhole) {
      framed.is_wrong = step == framing::Step::kWrong;
      break;
    }
    ++framed.items;
  }
  return framed;
}

// Stops after `items_max` replies.
inline Framed frame_replies(const char* data, size_t size, uint32_t items_max) {
  Framed framed;
  while (framed.bytes < size && framed.items < items_max) {
    const framing::Step step = framing::skip_reply(data, size, framed.bytes);
    if (step != framing::Step::kWhole) {
      framed.is_wrong = step == framing::Step::kWrong;
      break;
    }
    ++framed.items;
  }
  return framed;
}

}  // namespace holdfast::bench
