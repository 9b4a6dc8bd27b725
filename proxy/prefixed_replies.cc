#include "proxy/prefixed_replies.h"

#include <charconv>
#include <cstdint>

namespace holdfast::proxy {
namespace {

using policy::ReplyForm;

// Reads a reply and writes it, but for the names. The reply is whole and well-formed: a framer has seen it.
class Rewriter {
 public:
  Rewriter(std::string_view in, std::string_view prefix, std::string& out)
      : in_(in), prefix_(prefix), out_(out) {}

  void reply(ReplyForm form, std::string_view of_queued) {
    if (type() == '-' || type() == '!') return error();
    switch (form) {
      case ReplyForm::kPlain:
      case ReplyForm::kErrors:
        return copy();
      case ReplyForm::kName:
        return name();
      case ReplyForm::kEach:
        return names(elements());
      case ReplyForm::kScan:
        if (elements() < 1) return;
        copy();
        return names(elements());
      case ReplyForm::kFirst:
        return first_name(elements());
      case ReplyForm::kStreams:
        return streams();
      case ReplyForm::kEverySecond:
        for (int64_t i = 0, n = elements(); i < n; ++i) i % 2 == 0 ? name() : copy();
        return;
      case ReplyForm::kInfo:
        return info();
      case ReplyForm::kExec: {
        const int64_t n = elements();
        for (int64_t i = 0; i < n; ++i)
          reply(static_cast<size_t>(i) < of_queued.size()
                    ? static_cast<ReplyForm>(of_queued[static_cast<size_t>(i)])
                    : ReplyForm::kPlain,
                {});
        return;
      }
    }
  }

  // False: it is about a key of others, and nothing of it may be seen.
  bool push() {
    const int64_t n = elements();
    if (n < 1) return true;
    const std::string_view kind = peek_string();
    copy();
    const bool with_pattern = kind == "pmessage";
    const bool is_message = with_pattern || kind == "message";
    bool is_keyevent = false;
    for (int64_t i = 1; i < n; ++i) {
      const bool is_name = i == 1 || (with_pattern && i == 2);
      if (is_message && i == (with_pattern ? 2 : 1)) {
        const std::string_view channel = peek_string();
        is_keyevent = channel.starts_with("__keyevent@");
        if (channel.starts_with("__keyspace@") && !is_own(channel.substr(channel.find(':') + 1)))
          return false;
      }
      if (is_keyevent && i == n - 1) {
        if (!is_own(peek_string())) return false;
        name();
        continue;
      }
      if (type() == '*' || type() == '>' || type() == '~')  // the keys of an invalidation
        names(elements());
      else if (is_name && type() == '$')
        channel();
      else
        copy();
    }
    return true;
  }

 private:
  bool is_own(std::string_view key) const { return key.starts_with(prefix_); }

  char type() const { return at_ < in_.size() ? in_[at_] : '\0'; }

  // The line at `at_`, with its type and without its end; moves behind it.
  std::string_view line() {
    const size_t end = std::min(in_.find("\r\n", at_), in_.size());
    const std::string_view text = in_.substr(at_, end - at_);
    at_ = std::min(end + 2, in_.size());
    return text;
  }

  static int64_t number_in(std::string_view line) {
    int64_t number = 0;
    if (!line.empty()) std::from_chars(line.data() + 1, line.data() + line.size(), number);
    return number;
  }

  // Copies the head of an aggregate and answers how many elements follow; anything else is copied whole, and
  // has none.
  int64_t elements() {
    const char kind = type();
    if (kind != '*' && kind != '%' && kind != '~' && kind != '>') {
      copy();
      return 0;
    }
    const std::string_view head = line();
    out_.append(head).append("\r\n");
    const int64_t count = number_in(head);
    return count < 0 ? 0 : kind == '%' ? 2 * count : count;
  }

  static bool has_body(char kind) { return kind == '$' || kind == '=' || kind == '!'; }

  // One element, whatever is in it.
  void copy() {
    const size_t begin = at_;
    for (int64_t left = 1; left > 0 && at_ < in_.size(); --left) {
      const char kind = type();
      const int64_t number = number_in(line());
      if (has_body(kind) && number >= 0) at_ = std::min(at_ + static_cast<size_t>(number) + 2, in_.size());
      if ((kind == '*' || kind == '~' || kind == '>') && number > 0) left += number;
      if (kind == '%' && number > 0) left += 2 * number;
      if (kind == '|' && number > 0) left += 2 * number + 1;
    }
    out_.append(in_.substr(begin, at_ - begin));
  }

  // The bulk string at `at_`, without moving; empty if it is none.
  std::string_view peek_string() {
    const size_t begin = at_;
    std::string_view text;
    if (type() == '$') {
      const int64_t size = number_in(line());
      if (size >= 0) text = in_.substr(at_, static_cast<size_t>(size));
    }
    at_ = begin;
    return text;
  }

  void skip_string(std::string_view text) {
    line();
    at_ += text.size() + 2;
  }

  void write_string(std::string_view before, std::string_view text) {
    out_ += '$';
    out_ += std::to_string(before.size() + text.size());
    out_.append("\r\n").append(before).append(text).append("\r\n");
  }

  void name() {
    const std::string_view text = peek_string();
    if (!text.starts_with(prefix_)) return copy();
    skip_string(text);
    write_string({}, text.substr(prefix_.size()));
  }

  void channel() {
    const std::string_view text = peek_string();
    const size_t colon = text.starts_with("__keyspace@") ? text.find(':') : std::string_view::npos;
    if (colon == std::string_view::npos) return name();
    const std::string_view key = text.substr(colon + 1);
    if (!key.starts_with(prefix_)) return copy();
    skip_string(text);
    write_string(text.substr(0, colon + 1), key.substr(prefix_.size()));
  }

  void names(int64_t count) {
    for (int64_t i = 0; i < count; ++i) name();
  }

  void first_name(int64_t count) {
    if (count < 1) return;
    name();
    for (int64_t i = 1; i < count; ++i) copy();
  }

  void streams() {
    const bool is_map = type() == '%';
    const int64_t count = elements();
    for (int64_t i = 0; i < count; ++i) {
      if (is_map)
        i % 2 == 0 ? name() : copy();
      else
        first_name(elements());
    }
  }

  // "-NOGROUP No such key 'prod:s' or consumer group 'g'"
  void error() {
    const size_t begin = out_.size();
    copy();
    if (out_[begin] != '-') return;  // a bulk error has a length; Redis sends none of these
    const std::string quoted = "'" + std::string(prefix_);
    for (size_t at = out_.find(quoted, begin); at != std::string::npos; at = out_.find(quoted, at + 1))
      out_.erase(at + 1, prefix_.size());
  }

  // Without "# Keyspace", which counts everybody's keys.
  void info() {
    const char kind = type();
    const size_t begin = at_;
    const int64_t size = kind == '$' || kind == '=' ? number_in(line()) : -1;
    if (size < 0) {
      at_ = begin;
      return copy();
    }
    std::string text(in_.substr(at_, static_cast<size_t>(size)));
    at_ += static_cast<size_t>(size) + 2;
    const size_t section = text.find("# Keyspace\r\n");
    if (section != std::string::npos) {
      const size_t next = text.find("\r\n# ", section);
      text.erase(section, next == std::string::npos ? std::string::npos : next + 2 - section);
    }
    out_ += kind;
    out_ += std::to_string(text.size());
    out_.append("\r\n").append(text).append("\r\n");
  }

  std::string_view in_;
  std::string_view prefix_;
  std::string& out_;
  size_t at_ = 0;
};

}  // namespace

std::string without_prefix(std::string_view reply, ReplyForm form, std::string_view prefix,
                           std::string_view of_queued) {
  std::string out;
  out.reserve(reply.size());
  Rewriter(reply, prefix, out).reply(form, of_queued);
  return out;
}

std::string push_without_prefix(std::string_view push, std::string_view prefix) {
  std::string out;
  out.reserve(push.size());
  if (!Rewriter(push, prefix, out).push()) out.clear();
  return out;
}

}  // namespace holdfast::proxy
