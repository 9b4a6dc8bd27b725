#include "bench/report/results_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace holdfast::bench {
namespace {

constexpr std::string_view kMark = "## ";

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of('\n');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of('\n') - first + 1);
}

}  // namespace

std::vector<Section> parse_sections(const std::string& page) {
  std::vector<Section> sections;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kMark)) {
      sections.push_back({line.substr(kMark.size()), ""});
    } else if (!sections.empty()) {
      sections.back().body += line + "\n";
    }
  }
  for (Section& section : sections) section.body = trimmed(section.body);
  return sections;
}

std::vector<Section> merge_sections(std::vector<Section> old, const std::vector<Section>& changed,
                                    const std::vector<std::string>& names) {
  for (const Section& section : changed) {
    const auto same = [&](const Section& other) { return other.name == section.name; };
    const auto found = std::find_if(old.begin(), old.end(), same);
    if (found == old.end()) {
      old.push_back(section);
    } else {
      *found = section;
    }
  }
  const auto place = [&](const Section& section) {
    return std::find(names.begin(), names.end(), section.name) - names.begin();
  };
  std::stable_sort(old.begin(), old.end(),
                   [&](const Section& a, const Section& b) { return place(a) < place(b); });
  return old;
}

std::string to_page(const std::string& head, const std::vector<Section>& sections) {
  std::string page = trimmed(head) + "\n";
  for (const Section& section : sections) {
    page += "\n" + std::string(kMark) + section.name + "\n\n" + trimmed(section.body) + "\n";
  }
  return page;
}

Status update_results(const std::string& path, const std::string& head, const std::vector<Section>& changed,
                      const std::vector<std::string>& names) {
  std::stringstream old;
  if (std::ifstream file(path); file) old << file.rdbuf();
  const std::string page = to_page(head, merge_sections(parse_sections(old.str()), changed, names));
  std::ofstream file(path, std::ios::trunc);
  file << page;
  if (!file.flush()) return Error::from_errno("cannot write " + path, errno);
  return {};
}

}  // namespace holdfast::bench
