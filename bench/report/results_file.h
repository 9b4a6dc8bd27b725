// bench/results.md: a head with the facts of the machine and one "## <scenario>" section for each scenario.
// Running one scenario replaces its section and leaves the others.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::bench {

struct Section {
  std::string name;  // what stands after "## "
  std::string body;
};

// The sections of a page; what stands before the first one is not kept.
std::vector<Section> parse_sections(const std::string& page);

// Puts `changed` in the place of the sections of the same names; order is that of `names`, unknown ones last.
std::vector<Section> merge_sections(std::vector<Section> old, const std::vector<Section>& changed,
                                    const std::vector<std::string>& names);

std::string to_page(const std::string& head, const std::vector<Section>& sections);

// All of the above on a file. It need not exist yet.
Status update_results(const std::string& path, const std::string& head, const std::vector<Section>& changed,
                      const std::vector<std::string>& names);

}  // namespace holdfast::bench
