// The tables of tests/integration/compatibility/*.txt: commands whose replies are compared between Redis and
// Holdfast, and what of them may differ. README.md there describes the format. Read by one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace holdfast::testing {

enum class Check {
  kSame,       // the same bytes from both
  kUnordered,  // the same lines from both, in any order
  kLike,       // both match the pattern: time, chance, or numbers of the process
  kOnly,       // only Holdfast is asked, and its reply matches the pattern: it differs by design
};

struct Case {
  int line = 0;
  std::vector<std::string> words;
  Check check = Check::kSame;
  std::string pattern;  // kLike, kOnly: a glob over the reply, with a space for each end of line
};

// One connection on an empty server.
struct Section {
  std::string name;
  int line = 0;
  std::string not_in_multi;   // why its commands are not also run inside MULTI; empty: they are
  std::string not_same_data;  // why the data in the two servers may differ afterwards; empty: they may not
  std::vector<Case> cases;
};

struct CaseTable {
  std::string file;                 // without directory and ending
  bool everything_allowed = false;  // block = [] instead of the default policy
  std::vector<Section> sections;
};

// A line's words: separated by spaces, with quotes and escapes as in redis-cli. nullopt: quotes do not match.
std::optional<std::vector<std::string>> split_words(const std::string& line);

// Every table, by name. A mistake in a table is a test failure that names its line.
std::vector<CaseTable> read_case_tables(const std::string& directory);

// As an inline command, every word in quotes.
std::string encode_inline(const std::vector<std::string>& words);

// Whether a reply matches a pattern of a table.
bool is_like(const std::string& reply, const std::string& pattern);

// The reply with control characters escaped, for messages.
std::string printable(const std::string& reply);

}  // namespace holdfast::testing
