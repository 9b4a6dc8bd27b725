// A name that resolves to ::1 and then 127.0.0.1, as "localhost" does on many machines and not on all.
//
// The .cc puts itself before the C library's getaddrinfo() in this test program; other names go through.
#pragma once

namespace holdfast::net {

inline constexpr const char* kTwoAddressName = "two-addresses.holdfast.test";

}  // namespace holdfast::net
