#include "policy/acl_user.h"

#include <algorithm>
#include <utility>

#include "policy/any_case.h"

namespace holdfast::policy {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = static_cast<size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_space) - text.begin());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

AclError make_selector(std::string_view rule, AclSelector& selector) {
  for (std::string_view word : words_of(rule.substr(1, rule.size() - 2))) {
    if (AclError error = selector.apply(word); error != AclError::kNone) return error;
  }
  return AclError::kNone;
}

}  // namespace

AclError split_acl(std::string_view text, std::vector<std::string>& rules) {
  bool open = false;
  for (std::string_view word : words_of(text)) {
    if (open)
      rules.back().append(1, ' ').append(word);
    else
      rules.emplace_back(word);
    if (!open && word.front() == '(') open = true;
    if (open && word.back() == ')') open = false;
  }
  if (!open) return AclError::kNone;
  rules = {std::move(rules.back())};
  return AclError::kUnmatchedParenthesis;
}

AclUser::AclUser(std::string name) : name_(std::move(name)) {}

void AclUser::reset() {
  on_ = nopass_ = false;
  sanitize_payload_ = true;
  passwords_.clear();
  root_ = AclSelector();
  selectors_.clear();
}

void AclUser::add_password(const Sha256& digest) {
  if (std::find(passwords_.begin(), passwords_.end(), digest) == passwords_.end())
    passwords_.push_back(digest);
  nopass_ = false;
}

AclError AclUser::apply(std::string_view rule) {
  if (rule.empty()) return AclError::kNone;
  const char first = rule.front();
  if (equal_any_case(rule, "on") || equal_any_case(rule, "off")) {
    on_ = equal_any_case(rule, "on");
  } else if (equal_any_case(rule, "sanitize-payload") || equal_any_case(rule, "skip-sanitize-payload")) {
    sanitize_payload_ = equal_any_case(rule, "sanitize-payload");
  } else if (equal_any_case(rule, "nopass") || equal_any_case(rule, "resetpass")) {
    nopass_ = equal_any_case(rule, "nopass");
    passwords_.clear();
  } else if (first == '>' || first == '#' || first == '<' || first == '!') {
    Sha256 digest{};
    if (first == '>' || first == '<')
      digest = sha256(rule.substr(1));
    else if (!from_hex(rule.substr(1), digest))
      return AclError::kBadHash;
    if (first == '>' || first == '#') {
      add_password(digest);
    } else if (std::erase(passwords_, digest) == 0) {
      return AclError::kNoSuchPassword;
    }
  } else if (first == '(' && rule.back() == ')' && rule.size() > 1) {
    AclSelector selector;
    if (AclError error = make_selector(rule, selector); error != AclError::kNone) return error;
    selectors_.push_back(std::move(selector));
  } else if (equal_any_case(rule, "clearselectors")) {
    selectors_.clear();
  } else if (equal_any_case(rule, "reset")) {
    reset();
  } else {
    return root_.apply(rule);
  }
  return AclError::kNone;
}

void AclUser::seal() {
  root_.seal();
  for (AclSelector& selector : selectors_) selector.seal();
  selectors_.shrink_to_fit();
}

// acl.c, ACLCheckAllUserCommandPerm(): one selector that lets it through is enough; else the weightiest
// reason, and of equal ones the last argument.
AclVerdict AclUser::check(CommandId id, std::span<const std::string_view> arguments,
                          const KeyUses& uses) const {
  AclVerdict worst = root_.check(id, arguments, uses);
  if (worst.allowed()) return worst;
  for (const AclSelector& selector : selectors_) {
    const AclVerdict verdict = selector.check(id, arguments, uses);
    if (verdict.allowed()) return verdict;
    if (verdict.denial > worst.denial ||
        (verdict.denial == worst.denial && verdict.argument > worst.argument))
      worst = verdict;
  }
  return worst;
}

bool AclUser::always_allows(CommandId id) const {
  return root_.always_allows(id) ||
         std::any_of(selectors_.begin(), selectors_.end(),
                     [&](const AclSelector& selector) { return selector.always_allows(id); });
}

bool AclUser::never_allows(CommandId id) const {
  return root_.never_allows(id) &&
         std::all_of(selectors_.begin(), selectors_.end(),
                     [&](const AclSelector& selector) { return selector.never_allows(id); });
}

bool AclUser::accepts(std::string_view password) const {
  const Sha256 digest = sha256(password);
  bool found = false;
  for (const Sha256& known : passwords_) found |= equal_in_constant_time(known, digest);
  return on_ && (nopass_ || found);
}

std::string AclUser::describe() const {
  std::string text = on_ ? "on" : "off";
  if (nopass_) text += " nopass";
  text += sanitize_payload_ ? " sanitize-payload" : " skip-sanitize-payload";
  for (const Sha256& password : passwords_) text += " #" + to_hex(password);
  text += " " + root_.describe();
  for (const AclSelector& selector : selectors_) text += " (" + selector.describe() + ")";
  return text;
}

}  // namespace holdfast::policy
