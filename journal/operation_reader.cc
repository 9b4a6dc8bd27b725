#include "journal/operation_reader.h"

#include <algorithm>
#include <charconv>

#include "policy/command_table.h"
#include "resp/limits.h"

namespace holdfast::journal {
namespace {

bool is(std::string_view word, std::string_view lower) {
  return word.size() == lower.size() &&
         std::equal(word.begin(), word.end(), lower.begin(),
                    [](char w, char l) { return (w >= 'A' && w <= 'Z' ? w - 'A' + 'a' : w) == l; });
}

}  // namespace

Status OperationReader::feed(std::string_view bytes, const Sink& sink) {
  // Whole commands are read where they are; only the rest is kept.
  if (!held_.empty()) {
    held_ += bytes;
    if (held_.size() < needed_) return {};
    bytes = held_;
  }
  size_t at = 0;
  needed_ = 0;
  Status outcome;
  while (outcome.ok() && at < bytes.size()) {
    const auto parsed = parser_.parse(bytes.data() + at, bytes.size() - at, resp::kStreamLimits);
    if (parsed == resp::RequestParser::Outcome::kNeedMore) {
      needed_ = parser_.needed();
      break;
    }
    if (parsed == resp::RequestParser::Outcome::kError || parser_.is_inline())
      return Error(ErrorCode::kProtocol, "these bytes are not a replication stream");
    at += parser_.consumed();
    offset_ += parser_.consumed();
    if (parsed == resp::RequestParser::Outcome::kRequest) outcome = take(parser_.arguments(), sink);
    if (border_ && outcome.ok() && !in_transaction_) border_(offset_);
  }
  if (!outcome.ok()) return outcome;
  held_ = std::string(bytes.substr(at));
  return {};
}

Status OperationReader::take(std::span<const std::string_view> arguments, const Sink& sink) {
  const std::string_view name = arguments[0];
  if (is(name, "select") && arguments.size() == 2) {
    std::from_chars(arguments[1].data(), arguments[1].data() + arguments[1].size(), db_);
    return {};
  }
  if (is(name, "multi")) in_transaction_ = true;
  if (is(name, "exec")) in_transaction_ = false;
  if (is(name, "ping") || is(name, "replconf") || is(name, "multi") || is(name, "exec")) return {};
  Operation operation;
  operation.end = offset_;
  operation.db = db_;
  operation.arguments = arguments;
  uses_.clear();
  const policy::CommandId id =
      policy::find_command(name, arguments.size() > 1 ? arguments[1] : std::string_view());
  policy::find_keys(id, arguments, uses_);
  keys_.clear();
  for (const policy::KeyUse& use : uses_.all())
    if (use.kind == policy::KeyKind::kKey) keys_.push_back(arguments[use.argument]);
  operation.keys = keys_;
  operation.keys_known = uses_.all_known() && (!keys_.empty() || is(name, "publish") || is(name, "spublish"));
  return sink(operation);
}

}  // namespace holdfast::journal
