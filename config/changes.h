// What is different between two configurations: for the log of a reload, and to know whether a reload can
// bring it. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/document.h"
#include "config/load.h"
#include "config/schema.h"

namespace holdfast::config {

struct Changes {
  // What a reload cannot change, each as a problem at its place in the new file.
  ProblemList needs_restart;
  // One line each, ready for the log: "block of [environment.default]: added \"keys\" (holdfast.toml:12)".
  std::vector<std::string> lines;
  // The names of environments of which anything has changed.
  std::set<std::string> environments;
};

// Both must have loaded without errors.
Changes compare(const LoadResult& before, const LoadResult& after);

// True when a reload can bring this key: it is about what may be done, not about sockets, threads or files.
bool is_live(Section section, std::string_view key);

// The files that a configuration names and that are read with it, such as those of passwords.
std::vector<std::string> named_files(const Node& document);

}  // namespace holdfast::config
