#include "bench/load/messages.h"

#include <algorithm>
#include <cstring>

#include "resp/encode.h"

namespace holdfast::bench {
namespace {

constexpr std::string_view kKeyZero = "key:000000000000";
constexpr std::string_view kOk = "+OK\r\n";
// Where the last digit of the key is: both requests have a name of three letters and fewer than ten
// arguments.
constexpr size_t kLastDigit = std::string_view("*2\r\n$3\r\nGET\r\n$16\r\n").size() + kKeyZero.size() - 1;

bool starts_as(const char* data, size_t size, std::string_view expected) {
  return std::memcmp(data, expected.data(), std::min(size, expected.size())) == 0;
}

}  // namespace

Messages::Messages(size_t value_bytes) : value_reply_bytes_(value_bytes + 2) {
  const std::string value(value_bytes, 'x');
  resp::append_command(set_, {"SET", kKeyZero, value});
  resp::append_command(get_, {"GET", kKeyZero});
  value_header_ = "$" + std::to_string(value_bytes) + "\r\n";
  value_reply_bytes_ += value_header_.size();
}

void Messages::append(std::string& out, RequestKind kind, uint64_t key) const {
  const size_t begin = out.size();
  out += kind == RequestKind::kSet ? set_ : get_;
  for (char* digit = out.data() + begin + kLastDigit; key > 0; key /= 10) {
    *digit-- = static_cast<char>('0' + key % 10);
  }
}

Messages::Outcome Messages::check(const char* data, size_t size, RequestKind kind, size_t& consumed) const {
  const std::string_view expected = kind == RequestKind::kSet ? kOk : std::string_view(value_header_);
  if (!starts_as(data, size, expected)) return Outcome::kWrong;
  consumed = kind == RequestKind::kSet ? kOk.size() : value_reply_bytes_;
  return size < consumed ? Outcome::kNeedMore : Outcome::kExpected;
}

std::string Messages::describe(RequestKind kind, const char* data, size_t size) {
  const std::string_view reply(data, std::min<size_t>(size, 200));
  return std::string("the reply to a ") + (kind == RequestKind::kSet ? "SET" : "GET") + " was '" +
         std::string(reply.substr(0, reply.find('\r'))) + "'";
}

}  // namespace holdfast::bench
