// The one error type of Holdfast, and the two ways to return it.
//
// An Error carries a code (only as many as some caller reacts to) and one sentence for a person: what
// happened, where, and what to do. No exceptions cross a folder's border: exceptions from libraries are
// caught where the library is called and become an Error.
//
//   Result<Manifest> read_manifest(const std::string& dir);
//   auto manifest = read_manifest(dir);
//   if (!manifest.ok()) return manifest.error().prefixed("cannot open the journal");
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace holdfast {

enum class ErrorCode {
  kInvalid,      // the input is wrong: configuration, command line, a value out of range
  kIo,           // the operating system refused: file or socket
  kUnavailable,  // a peer is not reachable or not ready; trying again later can help
  kRefused,      // a peer said no; trying again will not help until somebody changes something
  kCorrupt,      // bytes on disk are not what was written
  kProtocol,     // a peer sent bytes that the protocol does not allow
  kTimeout,      // a deadline passed
};

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  // "<what>: <strerror(errno_value)>"
  static Error from_errno(std::string_view what, int errno_value);

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with "<context>: " before its message, for the way up.
  Error prefixed(std::string_view context) const {
    return Error(code_, std::string(context) + ": " + message_);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

// Either a value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  const T& value() const& {
    assert(ok());
    return std::get<0>(state_);
  }
  T& value() & {
    assert(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(state_));
  }
  const Error& error() const {
    assert(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace holdfast
