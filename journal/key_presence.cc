#include "journal/key_presence.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "policy/command_table.h"

namespace holdfast::journal {
namespace {

// -1: it is none.
int number(std::string_view text) {
  int value = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() ? value : -1;
}

KeyFilter filter_of(const std::string& key, std::optional<int> only) {
  KeyFilter filter = KeyFilter::of_key(key);
  if (only) filter.restrict_to(*only);
  return filter;
}

}  // namespace

KeyPresence::KeyPresence(std::string key, std::optional<int> only)
    : key_(std::move(key)),
      only_(only),
      anywhere_(filter_of(key_, std::nullopt)),
      told_(filter_of(key_, only)) {}

void KeyPresence::know(const std::set<int>& databases) {
  known_.clear();
  for (const int db : databases) known_[db] = true;
  elsewhere_ = false;
}

void KeyPresence::forget() {
  known_.clear();
  elsewhere_ = true;
}

bool KeyPresence::may_have(int db) const {
  const auto found = known_.find(db);
  return found == known_.end() ? elsewhere_ : found->second;
}

bool KeyPresence::may_exist() const {
  if (only_) return may_have(*only_);
  return elsewhere_ || std::any_of(known_.begin(), known_.end(), [](const auto& one) { return one.second; });
}

void KeyPresence::swap(int a, int b) {
  const bool in_a = may_have(a);
  const bool in_b = may_have(b);
  known_[a] = in_b;
  known_[b] = in_a;
}

// A command about this key alone.
void KeyPresence::take(const StreamCommand& command, std::string_view name) {
  const auto arguments = command.arguments;
  const bool is_first = arguments.size() > 1 && arguments[1] == key_;
  const bool goes = name == "del" || name == "unlink" || name == "move" ||
                    ((name == "rename" || name == "renamenx") && is_first && arguments.back() != key_);
  known_[command.db] = !goes;
  if (name == "move") known_[number(arguments.back())] = true;
  if (name == "copy") elsewhere_ = true;
}

bool KeyPresence::is_changed_by(const StreamCommand& command) {
  if (!anywhere_.is_changed_by(command)) return false;
  const auto arguments = command.arguments;
  const policy::CommandId id =
      policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
  const std::string_view name = policy::command(id).name;
  const bool is_told = told_.is_changed_by(command);
  if (name == "flushall") {
    const bool had = may_exist();
    know({});
    return is_told && had;
  }
  if (name == "flushdb") {
    const bool had = may_have(command.db);
    known_[command.db] = false;
    return is_told && had;
  }
  if (name == "swapdb" && arguments.size() > 2) {
    const int a = number(arguments[1]);
    const int b = number(arguments[2]);
    const bool had = may_have(a) || may_have(b);
    swap(a, b);
    return is_told && had;
  }
  take(command, name);
  return is_told;
}

}  // namespace holdfast::journal
