// What a Redis holds, as numbers that are the same on two servers exactly when the data are: one for each
// key, and their sum, which takes the same little memory whatever there is.
//
// Pure values. Keys whose time to live ends soon are summed by the second in which it does, because two
// servers are never looked at in the same moment: what is over by the end of the comparison counts for
// neither.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::journal {

struct KeyState {
  std::string digest;           // of type and content; empty: there is no such key
  int64_t expires_ms = kNever;  // Unix time

  static constexpr int64_t kNever = -1;
  bool exists() const { return !digest.empty(); }
  // The same, or over by `now_ms` on whichever side it is.
  bool same_as(const KeyState& other, int64_t now_ms) const;
};

class DataSum {
 public:
  // Two sums are comparable when they were begun with the same time, for kHorizonMs after it.
  explicit DataSum(int64_t begun_ms);
  static constexpr int64_t kHorizonMs = 6 * 3'600'000;

  void add_key(int database, std::string_view key, const KeyState& state);
  void add_other(std::string_view what);  // functions

  // In how many buckets they differ: 0, nothing; a few, about so many keys.
  uint64_t differences(const DataSum& other, int64_t now_ms) const;
  uint64_t keys() const { return keys_; }

 private:
  struct Number {
    uint64_t high = 0, low = 0;
    friend bool operator==(const Number&, const Number&) = default;
  };

  static Number number_of(std::string_view bytes);
  static void add(Number& bucket, const Number& number);

  int64_t begun_s_;
  std::vector<Number> lasting_;  // by a part of the key's own number
  std::vector<Number> ending_;   // by the second after begun_s_
  uint64_t keys_ = 0;
};

}  // namespace holdfast::journal
