#include "posture/rule.h"

namespace holdfast::posture {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      return "critical";
  }
  return "";
}

std::string_view to_string(Group group) {
  switch (group) {
    case Group::kSecurity:
      return "security";
    case Group::kPersistence:
      return "persistence";
    case Group::kMemory:
      return "memory";
    case Group::kReplication:
      return "replication";
  }
  return "";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMet:
      return "met";
    case Outcome::kNotMet:
      return "not met";
    case Outcome::kNotKnown:
      return "not known";
  }
  return "";
}

Check met(std::string reason) {
  return {Outcome::kMet, std::move(reason)};
}

Check not_met(std::string reason) {
  return {Outcome::kNotMet, std::move(reason)};
}

Check not_known(std::string_view what) {
  return {Outcome::kNotKnown, "this Redis does not say " + std::string(what)};
}

}  // namespace holdfast::posture
