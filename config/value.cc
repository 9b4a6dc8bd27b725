#include "config/value.h"

#include <algorithm>
#include <charconv>

#include "config/read_file.h"
#include "config/text.h"
#include "config/units.h"

namespace holdfast::config {
namespace {

constexpr size_t kMaxSecretBytes = 4096;
constexpr size_t kMaxSocketPath = 107;  // sockaddr_un on Linux, without the closing zero
constexpr std::string_view kLabelHelp = "must be 1 to 64 letters, digits, '.', '_' or '-'";

// Reads one value; every problem is one call of wrong(), which puts the key in front.
class Reader {
 public:
  Reader(const Type& type, const Node& node, ProblemList& problems)
      : type_(type), node_(node), problems_(problems) {}

  bool read(Value& value) {
    value.where = problems_.at(node_.value());
    switch (type_.kind) {
      case Type::Kind::kInteger:
        return is(Node::Kind::kInteger, "a whole number") && in_range(node_.integer, value.number);
      case Type::Kind::kBool:
        value.number = node_.boolean ? 1 : 0;
        return is(Node::Kind::kBool, "true or false");
      case Type::Kind::kString:
        return is(Node::Kind::kString, "a string") && read_string(value);
      case Type::Kind::kLabel:
        value.text = node_.text;
        return is(Node::Kind::kString, "a string") && (is_label(node_.text) || wrong(kLabelHelp));
      case Type::Kind::kWord:
        return is(Node::Kind::kString, one_of(type_.words)) && read_word(value);
      case Type::Kind::kDuration:
        return is(Node::Kind::kString, "a duration such as \"10s\"") && read_duration(value);
      case Type::Kind::kSize:
        return is(Node::Kind::kString, "a size such as \"256MiB\"") && read_size(value);
      case Type::Kind::kRetention:
        return is(Node::Kind::kString, "a duration such as \"7d\" or a size such as \"50GiB\"") &&
               read_retention(value.retention);
      case Type::Kind::kAddress:
        return is(Node::Kind::kString, "an address such as \"127.0.0.1:9121\"") && read_tcp_address(value);
      case Type::Kind::kAddressList:
        return is(Node::Kind::kList, "a list of addresses such as [\"127.0.0.1:6380\"]") &&
               read_addresses(value);
      case Type::Kind::kTimeOfDay:
        return is(Node::Kind::kString, "a time of the day such as \"03:30\"") && read_time_of_day(value);
      case Type::Kind::kPermissions:
        return is(Node::Kind::kString, "a string such as \"0660\"") && read_permissions(value);
      case Type::Kind::kStringList:
        return is(Node::Kind::kList, "a list of strings such as [\"keys\"]") && read_strings(value);
      case Type::Kind::kUrl:
        return is(Node::Kind::kString, "a string such as \"redis://127.0.0.1:6379\"") && read_url(value);
      case Type::Kind::kSecretFile:
        return is(Node::Kind::kString, "a string") && read_string(value) && read_secret(value);
      case Type::Kind::kSection:
        return is(Node::Kind::kTable, "a section");
      case Type::Kind::kSectionList:
        return is(Node::Kind::kList, "written [[...]], once for each") && read_sections();
      case Type::Kind::kTtl:
        return read_ttl(value.ttl);
      case Type::Kind::kKeyPrefix:
        value.text = node_.text;
        return is(Node::Kind::kString, "a string such as \"prod:\"") && is_key_prefix(node_.text);
      case Type::Kind::kRate:
        return is(Node::Kind::kString, "a rate such as \"100/s\"") && read_rate(value.rate);
    }
    return false;
  }

 private:
  bool wrong(std::string_view what) { return wrong_at(node_, " " + std::string(what)); }

  bool wrong_at(const Node& node, std::string_view what) {
    problems_.add(node.value(), node_.name + std::string(what));
    return false;
  }

  bool is(Node::Kind kind, std::string_view expected) {
    if (node_.kind == kind) return true;
    return wrong("must be " + std::string(expected) + ", not " + std::string(kind_name(node_.kind)));
  }

  bool in_range(int64_t number, int64_t& result) {
    result = number;
    if (number >= type_.min && number <= type_.max) return true;
    return wrong("must be from " + show(type_.min) + " to " + show(type_.max) + ", not " + show(number));
  }

  std::string show(int64_t number) const {
    if (type_.kind == Type::Kind::kDuration) return format_duration(number);
    if (type_.kind == Type::Kind::kSize) return format_size(static_cast<uint64_t>(number));
    return std::to_string(number);
  }

  bool read_string(Value& value) {
    value.text = node_.text;
    return !value.text.empty() || wrong("must not be empty");
  }

  bool read_word(Value& value) {
    const auto found = std::find(type_.words.begin(), type_.words.end(), node_.text);
    value.number = found - type_.words.begin();
    if (found != type_.words.end()) return true;
    if (std::ranges::find(type_.words_not_yet, node_.text) != type_.words_not_yet.end())
      return wrong("= " + quote_value(node_.text) + " is not supported by this version of Holdfast; use " +
                   one_of(type_.words));
    return wrong("must be " + one_of(type_.words) + ", not " + quote_value(node_.text) +
                 did_you_mean(node_.text, type_.words, '"'));
  }

  bool read_duration(Value& value) {
    const auto ms = parse_duration_ms(node_.text);
    return ms.ok() ? in_range(ms.value(), value.number) : wrong_at(node_, ": " + ms.error().message());
  }

  bool read_size(Value& value) {
    const auto bytes = parse_size_bytes(node_.text);
    return bytes.ok() ? in_range(static_cast<int64_t>(bytes.value()), value.number)
                      : wrong_at(node_, ": " + bytes.error().message());
  }

  bool read_retention(Retention& retention) {
    if (looks_like_size(node_.text)) {
      const auto bytes = parse_size_bytes(node_.text);
      if (bytes.ok() && bytes.value() > 0) retention.size_bytes = bytes.value();
    } else {
      const auto ms = parse_duration_ms(node_.text);
      if (ms.ok() && ms.value() > 0) retention.age_ms = ms.value();
    }
    if (retention.size_bytes || retention.age_ms) return true;
    return wrong(
        "must be a duration such as \"7d\" or a size such as \"50GiB\", and more than nothing, not " +
        quote_value(node_.text));
  }

  bool read_address(const Node& node, Value& value) {
    auto address = Endpoint::parse(node.text);
    if (!address.ok()) return wrong_at(node, ": " + address.error().message());
    if (address.value().path.size() > kMaxSocketPath)
      return wrong_at(node, ": the path of a unix socket has at most 107 bytes");
    value.addresses.push_back({std::move(address).value(), problems_.at(node.value())});
    return true;
  }

  bool read_tcp_address(Value& value) {
    if (!read_address(node_, value)) return false;
    if (value.addresses.front().value.kind == Endpoint::Kind::kTcp) return true;
    return wrong("must be host:port, not " + quote_value(node_.text));
  }

  bool read_time_of_day(Value& value) {
    const std::string& text = node_.text;
    const auto digit = [&text](size_t at) { return text[at] - '0'; };
    const bool shape =
        text.size() == 5 && text[2] == ':' &&
        (text.substr(0, 2) + text.substr(3)).find_first_not_of("0123456789") == std::string::npos;
    const int hour = shape ? 10 * digit(0) + digit(1) : 24;
    const int minute = shape ? 10 * digit(3) + digit(4) : 60;
    value.number = 60 * hour + minute;
    return (hour < 24 && minute < 60) ||
           wrong("must be a time of the day (UTC) such as \"03:30\", not " + quote_value(text));
  }

  // As chmod(1) takes them: three octal digits, perhaps with a zero in front.
  bool read_permissions(Value& value) {
    const std::string& text = node_.text;
    const bool octal = text.find_first_not_of("01234567") == std::string::npos;
    if (octal && (text.size() == 3 || (text.size() == 4 && text[0] == '0'))) {
      value.number = std::stol(text, nullptr, 8);
      return true;
    }
    return wrong("must be the permissions of a file in octal, as in \"0660\", not " + quote_value(text));
  }

  bool read_addresses(Value& value) {
    bool good = true;
    for (const Node& element : node_.nodes) {
      if (element.kind == Node::Kind::kString)
        good = read_address(element, value) && good;
      else
        good = wrong_element(element);
    }
    return good;
  }

  bool read_strings(Value& value) {
    bool good = true;
    for (const Node& element : node_.nodes) {
      if (element.kind == Node::Kind::kString)
        value.texts.push_back({element.text, problems_.at(element.value())});
      else
        good = wrong_element(element);
    }
    return good;
  }

  // "forbid", "require" or { max = "1h" }.
  bool read_ttl(TtlRule& ttl) {
    constexpr std::string_view kHelp = "must be \"forbid\", \"require\" or { max = \"1h\" }, not ";
    if (node_.kind == Node::Kind::kString) {
      if (node_.text != "forbid" && node_.text != "require")
        return wrong(std::string(kHelp) + quote_value(node_.text));
      ttl.kind = node_.text == "forbid" ? TtlRule::Kind::kForbid : TtlRule::Kind::kRequire;
      return true;
    }
    if (node_.kind != Node::Kind::kTable)
      return wrong(std::string(kHelp) + std::string(kind_name(node_.kind)));
    const Node* max = node_.find("max");
    if (max == nullptr || node_.nodes.size() != 1 || max->kind != Node::Kind::kString)
      return wrong(std::string(kHelp) + "another table");
    const auto ms = parse_duration_ms(max->text);
    if (!ms.ok()) return wrong_at(*max, ": max: " + ms.error().message());
    if (ms.value() == 0) return wrong_at(*max, ": max must be more than nothing");
    ttl = {TtlRule::Kind::kMax, ms.value()};
    return true;
  }

  // Before a pattern it must mean itself, and Redis's own channels must not begin with it.
  bool is_key_prefix(const std::string& text) {
    const bool plain = std::ranges::all_of(text, [](char c) {
      return c > ' ' && c <= '~' && std::string_view("*?[]\\^'\"").find(c) == std::string_view::npos;
    });
    if (plain && !text.empty() && text.size() <= 64 && !text.starts_with("__")) return true;
    return wrong(
        "must be 1 to 64 printable characters without spaces, quotes and * ? [ ] ^ \\, and not begin with "
        "__, not " +
        quote_value(text));
  }

  // So many in a second, a minute or an hour.
  bool read_rate(Rate& rate) {
    const std::string& text = node_.text;
    const size_t slash = text.find('/');
    const std::string unit = slash == std::string::npos ? "" : text.substr(slash + 1);
    rate.period_ms = unit == "s" ? 1'000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), rate.count);
    const bool is_number = problem == std::errc() && end == text.data() + std::min(slash, text.size());
    if (is_number && rate.period_ms != 0 && rate.count > 0 && rate.count <= 1'000'000'000) return true;
    return wrong("must be a rate such as \"100/s\", \"600/m\" or \"1000/h\", not " + quote_value(text));
  }

  bool wrong_element(const Node& element) {
    return wrong_at(element, " must hold only strings, not " + std::string(kind_name(element.kind)));
  }

  bool read_sections() {
    for (const Node& element : node_.nodes)
      if (element.kind != Node::Kind::kTable)
        return wrong_at(element, " must be written [[...]], once for each, not as a list of " +
                                     std::string(kind_name(element.kind)));
    return true;
  }

  bool read_url(Value& value) {
    auto url = parse_redis_url(node_.text);
    if (!url.ok()) return wrong_at(node_, ": " + url.error().message());
    value.url = std::move(url).value();
    return true;
  }

  bool read_secret(Value& value) {
    auto secret = read_file(node_.text, kMaxSecretBytes);
    if (!secret.ok()) return wrong_at(node_, ": " + secret.error().message());
    value.text = std::move(secret).value();
    if (value.text.ends_with('\n')) value.text.pop_back();
    return !value.text.empty() || wrong_at(node_, ": " + quote_value(node_.text) + " holds no password");
  }

  const Type& type_;
  const Node& node_;
  ProblemList& problems_;
};

}  // namespace

std::optional<Value> read_value(const Type& type, const Node& node, ProblemList& problems) {
  Value value;
  if (!Reader(type, node, problems).read(value)) return std::nullopt;
  return value;
}

bool is_label(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace holdfast::config
