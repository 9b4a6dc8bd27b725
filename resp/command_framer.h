// Finds where commands end in a stream of multibulk commands ("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") without
// keeping them: a value of 512 MB passes in pieces. Used for the replication stream and for requests too
// large to buffer. Pure: no I/O, no clock. One thread at a time.
//
// Only multibulk commands and the bare newlines that Redis sends as keepalives between commands are
// accepted (https://redis.io/docs/latest/develop/reference/protocol-spec/; replication.c,
// replicationFeedSlaves writes nothing else).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::resp {

class CommandFramer {
 public:
  enum class Outcome {
    kCommand,   // a command ended at `consumed`
    kNeedMore,  // all of the input was taken and the command goes on
    kError,     // not a multibulk command
  };

  // Takes bytes up to the end of the current command, or all of them.
  // `consumed` is always set: how many bytes belong to what has been framed so far.
  Outcome feed(const char* data, size_t size, size_t& consumed);

  // True when no command has begun (a keepalive newline does not begin one).
  bool at_boundary() const { return state_ == State::kStart; }

  // The first bytes of the command that feed() has just ended or is in the middle of: enough to tell
  // SELECT, MULTI, EXEC and REPLCONF GETACK apart. Valid until the next feed().
  std::string_view head() const { return {head_.data(), head_size_}; }

  static constexpr size_t kHeadCapacity = 64;

 private:
  enum class State { kStart, kCount, kDollar, kLength, kBody };

  void begin_number(State state);
  void remember(const char* data, size_t size);

  State state_ = State::kStart;
  bool digits_seen_ = false;  // in the number being read
  bool saw_cr_ = false;       // its CR is in; only LF may follow
  int64_t number_ = 0;        // the count or length being read
  int64_t arguments_left_ = 0;
  uint64_t body_left_ = 0;  // bytes of the bulk and its CRLF that are still to come
  size_t head_size_ = 0;
  std::array<char, kHeadCapacity> head_{};
};

}  // namespace holdfast::resp
