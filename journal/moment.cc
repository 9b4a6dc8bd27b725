#include "journal/moment.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>

namespace holdfast::journal {
namespace {

constexpr int64_t kDayMs = INT64_C(86'400'000);
constexpr double kLongestMs = 1e15;  // beyond any journal; keeps sums far from overflow

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// A cursor over the text of a time.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool digits(size_t count, int& value) {
    if (rest_.size() < count) return false;
    const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + count, value);
    if (problem != std::errc() || end != rest_.data() + count || rest_.front() == '-') return false;
    rest_.remove_prefix(count);
    return true;
  }
  bool one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  // Milliseconds of a fraction of any length; what is finer is cut off.
  bool fraction_ms(int& ms) {
    size_t count = 0;
    int scale = 100;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      ms += (rest_[count++] - '0') * scale;
      scale /= 10;
    }
    rest_.remove_prefix(count);
    return count > 0;
  }
  void spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool word(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  char taken() const { return taken_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char taken_ = 0;
};

int64_t unix_seconds(int year, int month, int day) {
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  return static_cast<int64_t>(timegm(&parts));
}

bool is_day_of_month(int year, int month, int day) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

enum class Calendar { kTime, kNoZone, kOther };

// RFC 3339 in lower case.
Calendar parse_calendar(std::string_view text, int64_t& time_ms) {
  Reader reader(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  if (!reader.digits(4, year) || !reader.one_of("-") || !reader.digits(2, month) || !reader.one_of("-") ||
      !reader.digits(2, day))
    return Calendar::kOther;
  if (reader.at_end()) return Calendar::kNoZone;
  if (!reader.one_of("t ") || !reader.digits(2, hour) || !reader.one_of(":") || !reader.digits(2, minute))
    return Calendar::kOther;
  if (reader.one_of(":") && !reader.digits(2, second)) return Calendar::kOther;
  if (reader.one_of(".,") && !reader.fraction_ms(ms)) return Calendar::kOther;
  // 60: a leap second, which Unix time does not know.
  if (!is_day_of_month(year, month, day) || hour > 23 || minute > 59 || second > 60) return Calendar::kOther;
  reader.spaces();
  if (reader.at_end()) return Calendar::kNoZone;
  int64_t zone_minutes = 0;
  if (reader.one_of("+-")) {
    const int sign = reader.taken() == '-' ? -1 : 1;
    int zone_hour = 0, zone_minute = 0;
    if (!reader.digits(2, zone_hour) || zone_hour > 23) return Calendar::kOther;
    (void)reader.one_of(":");
    if (!reader.at_end() && (!reader.digits(2, zone_minute) || zone_minute > 59)) return Calendar::kOther;
    zone_minutes = sign * (zone_hour * 60 + zone_minute);
  } else if (!reader.word("z") && !reader.word("utc") && !reader.word("gmt")) {
    return Calendar::kOther;
  }
  if (!reader.at_end()) return Calendar::kOther;
  const int64_t seconds =
      unix_seconds(year, month, day) + hour * 3600 + minute * 60 + second - zone_minutes * 60;
  time_ms = seconds * 1000 + ms;
  return Calendar::kTime;
}

std::optional<double> unit_ms(std::string_view word) {
  struct Unit {
    std::string_view names;
    double ms;
  };
  constexpr Unit kUnits[] = {{" ms millisecond milliseconds ", 1},
                             {" s sec secs second seconds ", 1000},
                             {" m min mins minute minutes ", 60'000},
                             {" h hr hrs hour hours ", 3'600'000},
                             {" d day days ", 86'400'000},
                             {" w week weeks ", 604'800'000}};
  const std::string padded = " " + std::string(word) + " ";
  for (const Unit& unit : kUnits) {
    if (unit.names.find(padded) != std::string_view::npos) return unit.ms;
  }
  return std::nullopt;
}

// "5 minutes", "1h30m", "1 hour and 30 minutes", "an hour".
std::optional<double> parse_span_ms(std::string_view text) {
  double sum = 0;
  bool any = false;
  const auto take_while = [&text](auto wanted) {
    size_t size = 0;
    while (size < text.size() && wanted(static_cast<unsigned char>(text[size]))) ++size;
    const std::string_view piece = text.substr(0, size);
    text.remove_prefix(size);
    return piece;
  };
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  while (true) {
    text = trimmed(text);
    if (text.starts_with(",")) text = trimmed(text.substr(1));
    if (text.starts_with("and ")) text = trimmed(text.substr(4));
    if (text.empty()) break;
    double number = 1;
    const std::string_view digits = take_while([](unsigned char c) { return std::isdigit(c) || c == '.'; });
    if (digits.empty()) {
      const std::string_view article = take_while(is_letter);
      if (article != "a" && article != "an" && article != "one") return std::nullopt;
    } else {
      const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    }
    text = trimmed(text);
    const auto unit = unit_ms(take_while(is_letter));
    if (!unit) return std::nullopt;
    sum += number * *unit;
    if (sum > kLongestMs) return std::nullopt;
    any = true;
  }
  if (!any) return std::nullopt;
  return sum;
}

std::optional<int64_t> parse_ago(const std::string& text, int64_t now_ms) {
  if (text == "yesterday") return now_ms - kDayMs;
  if (!text.ends_with("ago")) return std::nullopt;
  const auto span = parse_span_ms(trimmed(std::string_view(text).substr(0, text.size() - 3)));
  if (!span) return std::nullopt;
  return now_ms - static_cast<int64_t>(*span);
}

std::optional<int64_t> parse_unix(std::string_view text) {
  if (!text.starts_with('@')) return std::nullopt;
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > 1e11)
    return std::nullopt;
  return static_cast<int64_t>(seconds * 1000 + 0.5);
}

Error refused(std::string_view text, const std::string& why) {
  return Error(ErrorCode::kInvalid, "'" + std::string(text) + "' " + why);
}

}  // namespace

Result<Moment> parse_moment(std::string_view given, int64_t now_ms) {
  const std::string text = lower(trimmed(given));
  Moment moment;
  if (text == "latest" || text == "now") return moment;
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    moment.kind = Moment::Kind::kOffset;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), moment.offset);
    if (problem != std::errc()) return refused(given, "is larger than any replication offset");
    return moment;
  }
  moment.kind = Moment::Kind::kTime;
  const Calendar calendar = parse_calendar(text, moment.time_ms);
  if (calendar == Calendar::kNoZone) {
    const std::string day_only = text.size() == 10 ? "T00:00:00" : "";
    return refused(given, "has no time zone; write " + std::string(trimmed(given)) + day_only +
                              "Z for UTC, or add one like +02:00");
  }
  if (calendar == Calendar::kOther) {
    const auto relative = parse_ago(text, now_ms);
    const auto seconds = relative ? relative : parse_unix(text);
    if (!seconds) {
      return refused(given,
                     "is no moment; write latest, a replication offset, a time like 2026-11-26T14:05:00Z, or "
                     "a span like '5 minutes ago'");
    }
    moment.time_ms = *seconds;
  }
  return moment;
}

std::string format_time(int64_t unix_ms) {
  const int64_t ms = ((unix_ms % 1000) + 1000) % 1000;
  const std::time_t seconds = (unix_ms - ms) / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(ms));
  return std::string(text, size) + fraction;
}

}  // namespace holdfast::journal
