// To what a connection is subscribed, by name, as Redis has confirmed it: so that a reload that forbids a
// channel ends the subscription, as ACL SETUSER does in Redis. Kept only where users have ACLs, and only up
// to a bound: past it a client that may not subscribe to everything is taken for one with a forbidden
// channel. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

namespace holdfast::proxy {

enum class SubscriptionKind : uint8_t { kChannel, kPattern, kShard };

class SubscribedNames {
 public:
  static constexpr size_t kBytesMax = size_t{1} << 20;
  using Names = std::unordered_set<std::string>;

  const Names& of(SubscriptionKind kind) const { return names_[static_cast<size_t>(kind)]; }
  // False: there may be others.
  bool are_all() const { return all_; }

  void add(SubscriptionKind kind, std::string_view name) {
    if (bytes_ + cost(name) > kBytesMax) {
      all_ = false;
    } else if (names_[static_cast<size_t>(kind)].emplace(name).second) {
      bytes_ += cost(name);
    }
  }
  void remove(SubscriptionKind kind, std::string_view name) {
    if (names_[static_cast<size_t>(kind)].erase(std::string(name)) > 0) bytes_ -= cost(name);
  }
  void add_too_long() { all_ = false; }

  // The name in a confirmation, "*3 subscribe <name> <count>"; nothing when there is none.
  static std::string_view name_in(std::string_view confirmation) {
    std::string_view rest = confirmation;
    skip_line(rest);  // the head of the array
    skip_text(rest);  // which confirmation
    return skip_text(rest);
  }

 private:
  static size_t cost(std::string_view name) { return name.size() + 64; }

  static std::string_view skip_line(std::string_view& rest) {
    const size_t end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    return line;
  }
  static std::string_view skip_text(std::string_view& rest) {
    const std::string_view line = skip_line(rest);
    long size = -1;
    if (line.size() > 1 && line[0] == '$') std::from_chars(line.data() + 1, line.data() + line.size(), size);
    if (size < 0) return {};
    const std::string_view text = rest.substr(0, static_cast<size_t>(size));
    rest.remove_prefix(std::min(text.size() + 2, rest.size()));
    return text;
  }

  std::array<Names, 3> names_;
  size_t bytes_ = 0;
  bool all_ = true;
};

}  // namespace holdfast::proxy
