#include "journal/rdb_source.h"

#include <algorithm>
#include <string_view>

#include "journal/crc32c.h"

namespace holdfast::journal {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr uint64_t kStringMax = uint64_t{1} << 32;  // proto-max-bulk-len is less

// LZF (lzf_d.c): literal runs and references backwards. Only what `most` asks for; false: it is none.
bool decompress(std::string_view in, uint64_t most, std::string& out) {
  for (size_t i = 0; i < in.size() && out.size() < most;) {
    const auto control = static_cast<unsigned char>(in[i++]);
    if (control < 32) {
      const size_t count = control + 1u;
      if (i + count > in.size()) return false;
      out.append(in, i, count);
      i += count;
      continue;
    }
    size_t count = control >> 5;
    if (count == 7) {
      if (i >= in.size()) return false;
      count += static_cast<unsigned char>(in[i++]);
    }
    if (i >= in.size()) return false;
    const size_t back = ((control & 0x1fu) << 8 | static_cast<unsigned char>(in[i++])) + 1;
    if (back > out.size()) return false;
    for (count += 2; count > 0; --count) out += out[out.size() - back];
  }
  if (out.size() > most) out.resize(most);
  return true;
}

}  // namespace

RdbSource::RdbSource(const FileReader& file, std::function<Status(uint64_t)> progress)
    : file_(file), progress_(std::move(progress)), buffer_(kBufferBytes) {}

void RdbSource::fail(const std::string& what) {
  if (!status_.ok()) return;
  status_ = Error(ErrorCode::kCorrupt,
                  file_.path() + ": corrupt at byte " + std::to_string(offset()) + ": " + what);
}

bool RdbSource::fill() {
  if (!status_.ok()) return false;
  buffer_start_ += filled_;
  at_ = filled_ = 0;
  auto n = file_.read_at(buffer_start_, buffer_.data(), buffer_.size());
  if (!n.ok()) status_ = n.error();
  if (!status_.ok() || n.value() == 0) return false;
  filled_ = n.value();
  crc_ = crc32c(crc_, buffer_.data(), filled_);
  if (progress_) status_ = progress_(filled_);
  return status_.ok();
}

bool RdbSource::at_end() {
  return at_ == filled_ && !fill();
}

uint8_t RdbSource::byte() {
  if (at_ == filled_ && !fill()) {
    fail("the file ends too early");
    return 0;
  }
  return static_cast<uint8_t>(buffer_[at_++]);
}

uint64_t RdbSource::little_endian(int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(byte()) << (8 * i);
  return value;
}

void RdbSource::skip(uint64_t bytes) {
  while (bytes > 0) {
    if (at_ == filled_ && !fill()) return fail("the file ends too early");
    const uint64_t step = std::min<uint64_t>(bytes, filled_ - at_);
    at_ += step;
    bytes -= step;
  }
}

std::string RdbSource::raw(uint64_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    if (at_ == filled_ && !fill()) {
      fail("the file ends too early");
      return {};
    }
    const size_t step = std::min<uint64_t>(bytes - text.size(), filled_ - at_);
    text.append(buffer_.data() + at_, step);
    at_ += step;
  }
  return text;
}

RdbSource::Coded RdbSource::coded_length() {
  const uint8_t first = byte();
  switch (first >> 6) {
    case 0:
      return {first & 0x3fu};
    case 1:
      return {(first & 0x3fu) << 8 | byte()};
    case 3:
      return {first & 0x3fu, true};
  }
  const int bytes = first == 0x80 ? 4 : first == 0x81 ? 8 : 0;
  if (bytes == 0) fail("a length of an unknown form");
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
  return {value};
}

uint64_t RdbSource::length() {
  const Coded coded = coded_length();
  if (coded.is_special) fail("a length of an unknown form");
  return ok() ? coded.value : 0;
}

std::string RdbSource::compressed(uint64_t most, uint64_t* size) {
  const uint64_t bytes = length();
  const uint64_t whole = length();
  if (bytes > kStringMax || whole > kStringMax) fail("a string of an impossible size");
  if (!ok()) return {};
  if (size != nullptr) *size = whole;
  if (most == 0) return skip(bytes), std::string();
  std::string text;
  if (!decompress(raw(bytes), std::min(most, whole), text)) fail("a compressed string cannot be read");
  return text;
}

std::string RdbSource::text(uint64_t most, uint64_t* size) {
  const Coded coded = coded_length();
  if (!ok()) return {};
  if (!coded.is_special) {
    if (coded.value > kStringMax) fail("a string of an impossible size");
    if (!ok()) return {};
    if (size != nullptr) *size = coded.value;
    std::string text = raw(std::min(most, coded.value));
    skip(coded.value - std::min(most, coded.value));
    return text;
  }
  if (coded.value == 3) return compressed(most, size);
  if (coded.value > 2) return fail("a string of an unknown form"), std::string();
  const int bytes = 1 << coded.value;
  const uint64_t number = little_endian(bytes);
  const int64_t value = bytes == 1   ? static_cast<int8_t>(number)
                        : bytes == 2 ? static_cast<int16_t>(number)
                                     : static_cast<int32_t>(number);
  std::string text = std::to_string(value);
  if (size != nullptr) *size = text.size();
  if (text.size() > most) text.resize(most);
  return text;
}

void RdbSource::skip_text() {
  (void)text(0);
}

}  // namespace holdfast::journal
