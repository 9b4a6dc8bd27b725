#include "tests/integration/compatibility_cases.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace holdfast::testing {
namespace {

// The word that separates a command from what its reply is compared with.
constexpr const char* kMark = "~";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Appends the character that the escape at `at` (behind the backslash) stands for; moves `at` behind it.
void unescape(const std::string& line, size_t& at, std::string& word) {
  const char c = line[at++];
  if (c == 'x' && at + 1 < line.size() && hex_digit(line[at]) >= 0 && hex_digit(line[at + 1]) >= 0) {
    word += static_cast<char>(hex_digit(line[at]) * 16 + hex_digit(line[at + 1]));
    at += 2;
    return;
  }
  word += c == 'r' ? '\r' : c == 'n' ? '\n' : c;
}

struct Word {
  std::string text;
  bool quoted = false;
};

std::optional<std::vector<Word>> split(const std::string& line) {
  std::vector<Word> words;
  for (size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    Word word;
    while (at < line.size() && line[at] != ' ') {
      if (line[at] != '"') {
        word.text += line[at++];
        continue;
      }
      word.quoted = true;
      for (++at; at < line.size() && line[at] != '"';) {
        if (line[at] == '\\' && at + 1 < line.size())
          unescape(line, ++at, word.text);
        else
          word.text += line[at++];
      }
      if (at++ >= line.size()) return std::nullopt;
    }
    words.push_back(std::move(word));
  }
  return words;
}

class TableReader {
 public:
  explicit TableReader(const std::filesystem::path& path) : path_(path) {
    table_.file = path.stem().string();
  }

  CaseTable read() {
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) {
      ++line_;
      if (line.empty() || line[0] == '#') continue;
      if (line[0] == '[' && line.back() == ']')
        begin_section(line.substr(1, line.size() - 2));
      else if (line.starts_with("@ "))
        read_property(line.substr(2));
      else
        read_case(line);
    }
    return std::move(table_);
  }

 private:
  void mistake(const std::string& what) {
    ADD_FAILURE() << "tests/integration/compatibility/" << table_.file << ".txt:" << line_ << ": " << what;
  }

  void begin_section(const std::string& name) {
    table_.sections.emplace_back();
    table_.sections.back().name = name;
    table_.sections.back().line = line_;
  }

  // "<property>: <why>"
  void read_property(const std::string& text) {
    const size_t colon = text.find(": ");
    const std::string name = text.substr(0, colon);
    if (colon == std::string::npos) return mistake("say why: @ " + name + ": <why>");
    const std::string why = text.substr(colon + 2);
    if (name == "everything is allowed")
      table_.everything_allowed = true;
    else if (table_.sections.empty())
      mistake("'" + name + "' belongs to a section");
    else if (name == "not in MULTI")
      table_.sections.back().not_in_multi = why;
    else if (name == "not the same data")
      table_.sections.back().not_same_data = why;
    else
      mistake("there is no property '" + name + "'");
  }

  void read_case(const std::string& line) {
    const auto words = split(line);
    if (!words) return mistake("the quotes do not match");
    if (table_.sections.empty()) return mistake("a command belongs to a [section]");
    Case entry;
    entry.line = line_;
    const auto mark = std::find_if(words->begin(), words->end(),
                                   [](const Word& w) { return !w.quoted && w.text == kMark; });
    for (auto word = words->begin(); word != mark; ++word) entry.words.push_back(word->text);
    if (entry.words.empty()) return mistake("there is no command");
    if (mark != words->end() && !read_check(line, entry))
      return mistake("after '~' comes unordered, like <pattern> or only <pattern>");
    table_.sections.back().cases.push_back(std::move(entry));
  }

  // The pattern is the rest of the line as it is, so that it needs no quotes.
  bool read_check(const std::string& line, Case& entry) {
    const std::string text = line.substr(line.rfind(" ~ ") + 3);
    if (text == "unordered")
      entry.check = Check::kUnordered;
    else if (text.starts_with("like "))
      entry.check = Check::kLike;
    else if (text.starts_with("only "))
      entry.check = Check::kOnly;
    else
      return false;
    if (entry.check != Check::kUnordered) entry.pattern = text.substr(5);
    return true;
  }

  std::filesystem::path path_;
  CaseTable table_;
  int line_ = 0;
};

std::string escaped(const std::string& text, bool quote) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte > '~') {
      char hex[5];
      std::snprintf(hex, sizeof(hex), "\\x%02x", byte);
      out += hex;
    } else {
      if (quote && (c == '"' || c == '\\')) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(const std::string& line) {
  const auto words = split(line);
  if (!words) return std::nullopt;
  std::vector<std::string> texts;
  for (const Word& word : *words) texts.push_back(word.text);
  return texts;
}

std::vector<CaseTable> read_case_tables(const std::string& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<CaseTable> tables;
  for (const std::filesystem::path& path : paths) tables.push_back(TableReader(path).read());
  return tables;
}

std::string encode_inline(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "\"" : " \"") + escaped(word, true) + "\"";
  return line + "\r\n";
}

bool is_like(const std::string& reply, const std::string& pattern) {
  std::string text;
  for (const char c : reply) {
    if (c != '\r') text += c == '\n' ? ' ' : c;
  }
  if (text.ends_with(' ')) text.pop_back();
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::string printable(const std::string& reply) {
  return escaped(reply, false);
}

}  // namespace holdfast::testing
