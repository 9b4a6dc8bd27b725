// INFO's text as a table: "used_memory:1234" by name. Pure; any thread.
//
// The fields are Redis's own: https://redis.io/docs/latest/commands/info/.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::posture {

class InfoText {
 public:
  explicit InfoText(std::string_view text);

  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  // "1", "ok", "yes": true.
  std::optional<bool> flag(std::string_view name) const;
  // Fields whose name is `prefix` and a number, with that number: "slave0", "db12".
  std::vector<std::pair<int, std::string_view>> numbered(std::string_view prefix) const;

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

// The value of `name` in "ip=10.0.0.2,port=6379,state=online".
std::optional<std::string_view> part_of(std::string_view list, std::string_view name);
std::optional<int64_t> integer_part_of(std::string_view list, std::string_view name);

}  // namespace holdfast::posture
