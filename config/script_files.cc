#include "config/script_files.h"

#include <glob.h>

#include <memory>
#include <string>
#include <vector>

#include "config/read_file.h"
#include "config/text.h"

namespace holdfast::config {
namespace {

constexpr size_t kScriptBytesMax = 1024 * 1024;

// The paths that a pattern names, sorted; the pattern itself when it has no wildcard.
std::vector<std::string> paths_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), GLOB_ERR, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  return paths;
}

}  // namespace

void read_script_files(Environment& environment, ProblemList& problems) {
  const std::string place = "[environment." + environment.name + ".scripts]";
  if (environment.scripts == ScriptMode::kAllowlist && environment.script_patterns.empty())
    problems.add(environment.where,
                 place +
                     " has mode = \"allowlist\" without files, so no script could run; write "
                     "files = [\"scripts/*.lua\"], or block @scripting");
  for (const auto& pattern : environment.script_patterns) {
    const std::vector<std::string> paths = paths_of(pattern.value);
    if (paths.empty())
      problems.add(pattern.where, "files in " + place + ": " + quote_value(pattern.value) +
                                      " names no file; a path is seen from where Holdfast is started");
    for (const std::string& path : paths) {
      Result<std::string> code = read_file(path, kScriptBytesMax);
      if (code.ok())
        environment.script_files.push_back({path, std::move(code).value()});
      else
        problems.add(pattern.where, "files in " + place + ": " + code.error().message());
    }
  }
}

}  // namespace holdfast::config
