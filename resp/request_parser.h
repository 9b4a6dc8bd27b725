// Parses client requests in place: multibulk ("*2\r\n$3\r\nGET\r\n...") and inline ("GET key\r\n").
//
// Pull style and without state between calls: the caller keeps the bytes of an incomplete request and
// comes back with more. So that a request fed one byte at a time is not parsed anew for every byte,
// kNeedMore tells how many bytes are needed at the least. Pure; one thread at a time; one parser serves
// all connections of a worker.
//
// The grammar and its errors are Redis's own (networking.c, processMultibulkBuffer and
// processInlineBuffer; https://redis.io/docs/latest/develop/reference/protocol-spec/). Where Redis is
// lenient in a way that could make it see other request borders than we do (a CR that no LF follows),
// this parser refuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resp/limits.h"

namespace holdfast::resp {

class RequestParser {
 public:
  enum class Outcome {
    kRequest,   // arguments() holds a whole request of `consumed` bytes
    kEmpty,     // `consumed` bytes that ask for nothing: an empty line, "*0\r\n"
    kNeedMore,  // incomplete; see needed() and, for large requests, arguments()
    kError,     // not RESP: answer error_reply() and close
  };

  // Parses one request at the start of [data, data + size). The views in arguments() point into data,
  // or for an inline request with quotes into the parser, and last until the next call.
  Outcome parse(const char* data, size_t size, const Limits& limits = kLimits);

  // Is this how a TLS handshake begins? Then parse() answers kError at once; no end of a line would come.
  static bool is_tls(const char* data, size_t size) {
    return size >= 2 && data[0] == 0x16 && data[1] == 0x03;
  }

  size_t consumed() const { return consumed_; }
  std::span<const std::string_view> arguments() const { return arguments_; }
  bool is_inline() const { return is_inline_; }

  // After kNeedMore: the least size at which parsing this request again can end otherwise, from its
  // first byte. In the middle of a large value this is where the value ends, or more.
  // arguments() then holds the arguments that are already complete.
  uint64_t needed() const { return needed_; }

  // After kError: the whole reply, "-ERR Protocol error: ...\r\n".
  std::string_view error_reply() const { return error_; }

 private:
  Outcome parse_multibulk(const char* data, size_t size, const Limits& limits);
  Outcome parse_inline(const char* data, size_t size, const Limits& limits);
  bool split_inline(std::string_view line);
  Outcome fail(std::string_view text);
  Outcome not_a_bulk(char got);
  Outcome bad_line(const char* data, size_t size, size_t at, std::string_view what, std::string_view text);
  Outcome need(uint64_t bytes);

  std::vector<std::string_view> arguments_;
  std::vector<std::string> unquoted_;  // owns the arguments of an inline request
  size_t consumed_ = 0;
  uint64_t needed_ = 0;
  bool is_inline_ = false;
  std::string error_;
};

}  // namespace holdfast::resp
