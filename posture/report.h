// What `holdfast doctor` found, for people and for machines. Pure.
#pragma once

#include <string>
#include <vector>

#include "posture/answer.h"
#include "posture/facts.h"
#include "posture/key_groups.h"
#include "posture/key_notes.h"
#include "posture/rule.h"

namespace holdfast::posture {

struct Diagnosis {
  std::string address;  // without user and password
  Facts facts;
  std::vector<Finding> findings;
  KeyGroups keys;
  bool all_keys_seen = true;
  std::vector<KeyNote> key_notes;
  Answer answer;

  // The worst that is not met in a group; nothing when all is met. `kInfo` does not count.
  bool has_problem(Group group, Severity at_least) const;
  // What is worth an exit code: it is a database and not ready, or a rule of the severity critical is not met
  // (of those that matter for a cache, if it is one).
  bool needs_a_person() const;
};

std::string to_text(const Diagnosis& diagnosis);
std::string to_json(const Diagnosis& diagnosis);

}  // namespace holdfast::posture
