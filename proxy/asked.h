// When a request came, and where its bytes went: what is remembered of it until its reply is in. Plain
// values.
#pragma once

#include <cstdint>

namespace holdfast::proxy {

struct Asked {
  constexpr Asked(uint64_t arrived = 0, uint32_t in_flush = 0, uint32_t at_place = 0)
      : arrived_ns(arrived), flush(in_flush), place(at_place) {}

  uint64_t arrived_ns;  // when it was read: the beginning of that turn
  uint32_t flush;       // the write that carries it (sent_requests.h); 0: none
  uint32_t place;       // which of the requests in there it is, from 0
};

}  // namespace holdfast::proxy
