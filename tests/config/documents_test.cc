// What people read says what the program does: config/holdfast.toml and docs/configuration.md against the
// schema and the defaults.
#include <set>
#include <sstream>

#include "config/schema.h"
#include "tests/config/check.h"
#include "tests/config/describe.h"
#include "tests/support/temp_dir.h"

namespace holdfast::config {
namespace {

const std::string kShipped = HOLDFAST_SOURCE_DIR "/config/holdfast.toml";
const std::string kReference = HOLDFAST_SOURCE_DIR "/docs/configuration.md";

// Has no default: it is shown with an example.
bool has_default(const std::string& section, const std::string& key) {
  if (section.starts_with("[[") || section.find(".user.") != std::string::npos) return false;
  static const std::set<std::string> kNone = {"password_file",    "ca",        "cert",        "key",
                                              "server_name",      "client_ca", "transparent", "key_prefix",
                                              "admin_token_file", "audit_log", "announce",    "redis_server",
                                              "resync_at",        "via"};
  return !kNone.contains(key);
}

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream text(::holdfast::testing::read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// "[upstream.<name>.journal]" -> "[upstream.main.journal]", "[environment.<name>.user.<name>]" ->
// "[environment.default.user.checkout]"
std::string with_names(std::string title) {
  const size_t name = title.find("<name>");
  if (name != std::string::npos) title.replace(name, 6, title.find("upstream") < name ? "main" : "default");
  if (const size_t user = title.find("<name>"); user != std::string::npos) title.replace(user, 6, "checkout");
  return title;
}

bool is_word(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
}

// All that stands between backquotes in a line.
std::vector<std::string> code_in(const std::string& line) {
  std::vector<std::string> pieces;
  std::istringstream stream(line);
  std::string piece;
  for (int i = 0; std::getline(stream, piece, '`'); ++i)
    if (i % 2 == 1) pieces.push_back(piece);
  return pieces;
}

// The cells of "| a | b |"; "\\|" is part of a cell.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  size_t begin = 2;
  for (size_t end; (end = line.find(" |", begin)) != std::string::npos; begin = end + 3)
    cells.push_back(line.substr(begin, end - begin));
  return cells;
}

// The keys that a text has under each section: "[server]workers".
using Names = std::set<std::string>;

Names names_with_support(std::set<Support> wanted) {
  Names names;
  for (const Key& key : schema())
    if (wanted.contains(key.support) && key.type.kind != Type::Kind::kSection &&
        key.type.kind != Type::Kind::kSectionList)
      names.insert(with_names(std::string(section_title(key.section))) + std::string(key.name));
  return names;
}

// A text with every default written out, and the keys in it.
struct WrittenOut {
  std::string text;
  std::string section;  // the last one in it
  Names names;
};

void add_key(WrittenOut& out, const std::string& section, const std::string& key, const std::string& value) {
  EXPECT_TRUE(out.names.insert(section + key).second) << section << key << " is there twice";
  if (!has_default(section, key)) return;
  // A section is written with its first default: an empty one of TLS would not be the default.
  if (out.section != section) out.text += section + "\n";
  out.section = section;
  out.text += key + " = " + value + "\n";
}

TEST(ShippedFile, IsTheDefaults) {
  const LoadResult result = load_file(kShipped);
  ASSERT_TRUE(result.config.has_value()) << ::testing::PrintToString(result.problems.lines());
  EXPECT_EQ(describe(*result.config), describe(defaults()));
}

TEST(ShippedFile, ShowsEveryServedKeyWithItsDefault) {
  WrittenOut out;
  std::string title;
  for (std::string line : lines_of(kShipped)) {
    if (line.empty() || line == "#" || line.starts_with("# ")) continue;
    if (line.starts_with('#')) line.erase(0, 1);
    if (line.starts_with('[')) {
      title = line;
      continue;
    }
    const size_t equals = line.find(" = ");
    ASSERT_TRUE(equals != std::string::npos && is_word(line.substr(0, equals))) << line;
    add_key(out, title, line.substr(0, equals), line.substr(equals + 3));
  }
  EXPECT_EQ(out.names, names_with_support({Support::kServed}));
  EXPECT_EQ(describe(loaded(out.text)), describe(defaults()));
}

TEST(ReferencePage, ShowsEveryServedKeyWithItsDefault) {
  WrittenOut out;
  std::string title;
  for (const std::string& line : lines_of(kReference)) {
    if (line.starts_with("## [")) {
      title = with_names(line.substr(3));
    } else if (line.starts_with("| `")) {
      const auto cells = cells_of(line);
      ASSERT_EQ(cells.size(), 4u) << line;
      const auto key = code_in(cells[0]), value = code_in(cells[2]);
      ASSERT_EQ(key.size(), 1u) << line;
      ASSERT_EQ(value.size(), has_default(title, key[0]) ? 1u : 0u) << line;
      add_key(out, title, key[0], value.empty() ? "" : value[0]);
    }
  }
  EXPECT_EQ(out.names, names_with_support({Support::kServed, Support::kAccepted}));
  EXPECT_EQ(describe(loaded(out.text)), describe(defaults()));
}

TEST(ReferencePage, ListsEveryKeyThatIsNotServedYet) {
  Names names;
  for (const std::string& line : lines_of(kReference)) {
    if (!line.starts_with("- `[")) continue;
    const auto pieces = code_in(line);
    for (const std::string& piece : pieces)
      if (is_word(piece)) names.insert(with_names(pieces[0]) + piece);
  }
  EXPECT_EQ(names, names_with_support({Support::kNotYet}));
}

}  // namespace
}  // namespace holdfast::config
