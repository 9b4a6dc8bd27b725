#include "posture/report.h"

#include <algorithm>
#include <cstdio>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

constexpr size_t kGroupsShown = 15;

std::string mark(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return " FAIL ";
    case Severity::kWarning:
      return " warn ";
    case Severity::kInfo:
      return " note ";
  }
  return "";
}

std::string mark(const Finding& finding) {
  if (finding.check.outcome == Outcome::kNotKnown) return "  ?   ";
  return finding.is_problem() ? mark(finding.rule->severity) : "  ok  ";
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f%%", share * 100);
  return text;
}

void add_group(const Diagnosis& diagnosis, Group group, std::string& out) {
  const char* verdict = diagnosis.has_problem(group, Severity::kCritical)  ? "needs you"
                        : diagnosis.has_problem(group, Severity::kWarning) ? "could be better"
                                                                           : "well";
  out += std::string(to_string(group)) + ": " + verdict + "\n";
  for (const Finding& finding : diagnosis.findings) {
    if (finding.rule->group != group) continue;
    out += " " + mark(finding) + padded(std::string(finding.rule->name), 20) + finding.check.reason + "\n";
    if (finding.is_problem() && finding.rule->severity != Severity::kInfo)
      out += std::string(27, ' ') + "-> " + std::string(finding.rule->what_to_do) + "\n";
  }
  out += "\n";
}

void add_keys(const Diagnosis& diagnosis, std::string& out) {
  const KeyGroups& keys = diagnosis.keys;
  const bool any = std::ranges::any_of(diagnosis.key_notes,
                                       [](const auto& note) { return note.severity >= Severity::kWarning; });
  out += std::string("keys: ") + (any ? "could be better" : "well") + "; " +
         std::to_string(diagnosis.facts.keys()) + ", of which " + std::to_string(keys.keys()) +
         (diagnosis.all_keys_seen ? " were looked at\n" : " were looked at (a sample)\n");
  if (keys.keys() == 0) {
    out += "\n";
    return;
  }
  out += "  " + padded("pattern", 28) + padded("share", 8) + padded("with TTL", 10) + padded("type", 16) +
         padded("mean size", 12) + padded("largest", 12) + "idle\n";
  size_t shown = 0;
  for (const KeyGroup* group : keys.by_size()) {
    if (shown++ == kGroupsShown) {
      out += "  and " + std::to_string(keys.by_size().size() - kGroupsShown) + " more patterns\n";
      break;
    }
    const double share = static_cast<double>(group->keys) / static_cast<double>(keys.keys());
    out += "  " + padded(group->pattern, 28) + padded(percent(share), 8) +
           padded(percent(group->ttl_share()), 10) + padded(group->types_text(), 16) +
           padded(size_text(group->bytes / group->keys), 12) + padded(size_text(group->bytes_max), 12) +
           (group->idle_mean_s() < 0 ? "not known" : duration_text(group->idle_mean_s())) + "\n";
  }
  for (const KeyNote& note : diagnosis.key_notes)
    out += " " + mark(note.severity) + padded(std::string(note.name), 20) + note.pattern + ": " +
           note.reason + "\n" + std::string(27, ' ') + "-> " + std::string(note.what_to_do) + "\n";
  out += "\n";
}

}  // namespace

bool Diagnosis::has_problem(Group group, Severity at_least) const {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.is_problem() && finding.rule->group == group && finding.rule->severity >= at_least;
  });
}

bool Diagnosis::needs_a_person() const {
  if (answer.use == Use::kDatabaseNotReady) return true;
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    if (!finding.is_problem() || finding.rule->severity != Severity::kCritical) return false;
    return answer.use != Use::kCache ||
           (finding.rule->group != Group::kPersistence && finding.rule->name != "noeviction");
  });
}

std::string to_text(const Diagnosis& diagnosis) {
  const Facts& facts = diagnosis.facts;
  std::string out = diagnosis.address + ": " + facts.product + " " + facts.version;
  if (facts.is_primary) out += *facts.is_primary ? ", primary" : ", replica";
  if (facts.uptime_s) out += ", up for " + duration_text(*facts.uptime_s);
  out += "\n\n";
  for (const Group group : kGroups) add_group(diagnosis, group, out);
  add_keys(diagnosis, out);
  if (!facts.not_known.empty()) {
    out += "not known, since this Redis does not say:\n";
    for (const std::string& what : facts.not_known) out += "  " + what + "\n";
    out += "\n";
  }
  out += "If it disappears right now, does the system recover?\n  " +
         std::string(to_string(diagnosis.answer.use)) + ": " + diagnosis.answer.reason + ".\n";
  if (!diagnosis.answer.next.empty()) out += "\nNext:\n";
  for (size_t i = 0; i < diagnosis.answer.next.size(); ++i)
    out += "  " + std::to_string(i + 1) + ". " + diagnosis.answer.next[i] + "\n";
  return out;
}

}  // namespace holdfast::posture
