#include "policy/key_positions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "policy/key_options.h"
#include "policy/key_specs.h"

namespace holdfast::policy {
namespace {

using Arguments = std::span<const std::string_view>;

constexpr KeySpec kSpecs[] = {
#include "policy/key_specs_data.inc"
};

// What find_keys() does for one command.
struct Plan {
  FindKeys special = nullptr;
  const KeySpec* first = nullptr;
  size_t count = 0;
  bool may_be_none = false;  // a count of 0 makes sense
  bool unknown = false;      // nobody knows what its arguments are
};

bool says_it_all(const KeySpec& spec) {
  return spec.begin.known && (spec.access & (kNotAKey | kIncomplete | kVariable)) == 0;
}

std::vector<Plan> make_plans() {
  std::vector<Plan> plans(commands().size());
  for (CommandId id = 0; id < plans.size(); ++id) {
    Plan& plan = plans[id];
    plan.unknown = id == kUnknownCommand || command(id).needs_subcommand();
    plan.may_be_none = command(id).has(kNoMandatoryKeys);
    plan.special = special_finder(command(id).name);
    if (plan.special != nullptr) plan.unknown = false;
    for (const KeySpec& spec : kSpecs) {
      if (spec.command != command(id).name) continue;
      if (plan.count++ == 0) plan.first = &spec;  // the rows of a command stand together
      if (plan.special == nullptr && !says_it_all(spec)) plan.unknown = true;
    }
  }
  return plans;
}

const std::vector<Plan>& plans() {
  static const std::vector<Plan> all = make_plans();
  return all;
}

bool equals_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// Where the keys of a specification begin; 0: its keyword is not there. Nothing: nobody can tell.
std::optional<long> first_of(const KeyBegin& begin, Arguments arguments, long total) {
  if (!begin.known) return std::nullopt;
  if (begin.keyword.empty()) return begin.index;
  if (static_cast<long>(arguments.size()) < total) return std::nullopt;
  const bool forward = begin.index > 0;
  for (long i = forward ? begin.index : total + begin.index; i > 0 && i < total; i += forward ? 1 : -1) {
    if (equals_any_case(arguments[static_cast<size_t>(i)], begin.keyword)) return i + 1;
  }
  return 0;
}

// The last one, or nothing when the arguments make no sense or are not at hand. Moves `first` behind a count.
std::optional<long> last_of(const KeyRange& find, long& first, Arguments arguments, long total) {
  if (find.count_at < 0) {
    if (find.last >= 0) return first + find.last;
    return find.limit == 0 ? total + find.last : first + (total - first) / find.limit + find.last;
  }
  const long at = first + find.count_at;
  if (at >= static_cast<long>(arguments.size())) return std::nullopt;
  const std::string_view text = arguments[static_cast<size_t>(at)];
  long count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  // As Redis reads a number: not "01", not "-0".
  const bool is_number = problem == std::errc() && end == text.data() + text.size() &&
                         (text.size() == 1 || text.front() != '0') && text.front() != '-';
  first += find.first_from;
  if (!is_number || count > total - first) return std::nullopt;
  return first + count * find.step - 1;
}

void find_by_spec(const KeySpec& spec, Arguments arguments, long total, bool may_be_none, KeyUses& out) {
  std::optional<long> first = first_of(spec.begin, arguments, total);
  if (first == 0) return;
  if (!first) return out.mark_incomplete();
  const std::optional<long> last = last_of(spec.find, *first, arguments, total);
  const bool none_wanted = spec.find.count_at >= 0 && last && *last == *first - 1;
  if (none_wanted && may_be_none) return;
  if (!last || *last >= total || *last < *first) return out.mark_incomplete();
  for (long i = *first; i <= *last; i += spec.find.step) out.add(static_cast<size_t>(i), spec.access);
}

}  // namespace

void find_keys(CommandId id, Arguments arguments, KeyUses& out, size_t total) {
  out.clear();
  total = std::max(total, arguments.size());
  const Plan& plan = plans()[id];
  if (plan.special != nullptr) {
    plan.special(arguments, total, out);
  } else {
    if (plan.unknown) out.mark_incomplete();
    for (size_t i = 0; i < plan.count; ++i) {
      find_by_spec(plan.first[i], arguments, static_cast<long>(total), plan.may_be_none, out);
    }
  }
  if (arguments.size() < total) [[unlikely]] {
    for (const KeyUse& use : out.all()) {
      if (use.argument >= arguments.size()) return out.mark_incomplete();
    }
  }
}

bool may_name_keys(CommandId id) {
  const Plan& plan = plans()[id];
  return plan.special != nullptr || plan.count > 0 || plan.unknown;
}

}  // namespace holdfast::policy
