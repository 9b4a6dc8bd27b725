#include "journal/data_sum.h"

#include <cstring>

#include "base/sha256.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr size_t kBuckets = 65'536;
// The clocks of two machines, and the moment that a key takes to go.
constexpr int64_t kSlackMs = 5 * kSecondMs;

}  // namespace

bool KeyState::same_as(const KeyState& other, int64_t now_ms) const {
  const auto is_over = [now_ms](const KeyState& state) {
    return !state.exists() || (state.expires_ms != kNever && state.expires_ms <= now_ms + kSlackMs);
  };
  if (digest == other.digest && expires_ms == other.expires_ms) return true;
  return is_over(*this) && is_over(other);
}

DataSum::DataSum(int64_t begun_ms)
    : begun_s_(begun_ms / kSecondMs),
      lasting_(kBuckets),
      ending_(static_cast<size_t>(kHorizonMs / kSecondMs)) {}

DataSum::Number DataSum::number_of(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  Number number;
  std::memcpy(&number.high, digest.data(), sizeof number.high);
  std::memcpy(&number.low, digest.data() + sizeof number.high, sizeof number.low);
  return number;
}

void DataSum::add(Number& bucket, const Number& number) {
  bucket.high += number.high;
  bucket.low += number.low;
}

// The bucket is the key's, so that another value of it is one difference.
void DataSum::add_key(int database, std::string_view key, const KeyState& state) {
  if (!state.exists()) return;
  ++keys_;
  std::string text = std::to_string(database) + " ";
  text += key;
  const uint64_t bucket = number_of(text).high % kBuckets;
  text += " " + std::to_string(state.expires_ms) + " " + state.digest;
  const int64_t second = state.expires_ms / kSecondMs - begun_s_;
  const bool ends = state.expires_ms != KeyState::kNever && second < static_cast<int64_t>(ending_.size());
  if (ends && second < 0) return;  // over
  add(ends ? ending_[static_cast<size_t>(second)] : lasting_[bucket], number_of(text));
}

void DataSum::add_other(std::string_view what) {
  const Number number = number_of(what);
  add(lasting_[number.high % kBuckets], number);
}

uint64_t DataSum::differences(const DataSum& other, int64_t now_ms) const {
  uint64_t count = begun_s_ == other.begun_s_ ? 0 : kBuckets;
  for (size_t i = 0; i < lasting_.size(); ++i) count += lasting_[i] == other.lasting_[i] ? 0 : 1;
  const int64_t from = (now_ms + kSlackMs) / kSecondMs - begun_s_ + 1;
  for (size_t i = static_cast<size_t>(from < 0 ? 0 : from); i < ending_.size(); ++i)
    count += ending_[i] == other.ending_[i] ? 0 : 1;
  return count;
}

}  // namespace holdfast::journal
