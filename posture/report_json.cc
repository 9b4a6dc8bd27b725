#include <algorithm>
#include <nlohmann/json.hpp>

#include "posture/report.h"

namespace holdfast::posture {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json rule_json(const Finding& finding) {
  return {{"rule", finding.rule->name},
          {"group", to_string(finding.rule->group)},
          {"severity", to_string(finding.rule->severity)},
          {"outcome", to_string(finding.check.outcome)},
          {"reason", finding.check.reason},
          {"what_to_do", finding.rule->what_to_do}};
}

Json group_json(const KeyGroup& group) {
  Json json = {{"pattern", group.pattern}, {"keys", group.keys},   {"with_ttl", group.with_ttl},
               {"types", group.types},     {"bytes", group.bytes}, {"bytes_max", group.bytes_max}};
  json["idle_mean_seconds"] = group.idle_mean_s() < 0 ? Json(nullptr) : Json(group.idle_mean_s());
  return json;
}

}  // namespace

std::string to_json(const Diagnosis& diagnosis) {
  const Facts& facts = diagnosis.facts;
  Json json;
  json["address"] = diagnosis.address;
  json["server"] = {{"product", facts.product},
                    {"version", facts.version},
                    {"primary", or_null(facts.is_primary)},
                    {"uptime_seconds", or_null(facts.uptime_s)}};
  json["answer"] = {{"use", to_string(diagnosis.answer.use)},
                    {"recovers", diagnosis.answer.use != Use::kDatabaseNotReady},
                    {"reason", diagnosis.answer.reason},
                    {"next", diagnosis.answer.next}};
  json["needs_a_person"] = diagnosis.needs_a_person();
  for (const Group group : kGroups)
    json["groups"][std::string(to_string(group))] =
        diagnosis.has_problem(group, Severity::kCritical)  ? "critical"
        : diagnosis.has_problem(group, Severity::kWarning) ? "warning"
                                                           : "well";
  const bool any_key_note = std::ranges::any_of(
      diagnosis.key_notes, [](const KeyNote& note) { return note.severity >= Severity::kWarning; });
  json["groups"]["keys"] = any_key_note ? "warning" : "well";
  json["rules"] = Json::array();
  for (const Finding& finding : diagnosis.findings) json["rules"].push_back(rule_json(finding));
  json["keys"] = {{"total", facts.keys()},
                  {"sampled", diagnosis.keys.keys()},
                  {"all_seen", diagnosis.all_keys_seen},
                  {"with_ttl", diagnosis.keys.with_ttl()},
                  {"patterns", Json::array()},
                  {"notes", Json::array()}};
  for (const KeyNote& note : diagnosis.key_notes)
    json["keys"]["notes"].push_back({{"note", note.name},
                                     {"severity", to_string(note.severity)},
                                     {"pattern", note.pattern},
                                     {"reason", note.reason},
                                     {"what_to_do", note.what_to_do}});
  for (const KeyGroup* group : diagnosis.keys.by_size())
    json["keys"]["patterns"].push_back(group_json(*group));
  json["not_known"] = facts.not_known;
  // Names of keys and answers of Redis are bytes, not always UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::posture
