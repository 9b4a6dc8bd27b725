// Reads one complete reply (as ReplyFramer found it) element by element. For the few replies that
// Holdfast itself asks for: HELLO, INFO, ROLE. Pure; views point into the reply.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::resp {

class ReplyCursor {
 public:
  explicit ReplyCursor(std::string_view reply) : rest_(reply) {}

  // Each reads the next element if it is of that kind, and answers false (without moving) if not.
  bool read_array(int64_t& elements);        // array, set, push; for a map twice its pairs
  bool read_string(std::string_view& text);  // bulk, simple or verbatim string (with its "txt:" cut off)
  bool read_integer(int64_t& value);         // ":1", or a string that is a number
  bool read_error(std::string_view& text);   // without '-' and CRLF
  // Passes over the next element, whatever it is.
  bool skip();
  // What has not been read.
  std::string_view rest() const { return rest_; }

 private:
  bool read_number_line(size_t& at, int64_t& number) const;
  bool line(std::string_view& text, size_t& end) const;

  std::string_view rest_;
};

}  // namespace holdfast::resp
