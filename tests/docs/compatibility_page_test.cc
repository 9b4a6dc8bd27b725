#include "tests/docs/compatibility_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "policy/command_table.h"
#include "proxy/route.h"
#include "tests/docs/route_words.h"

namespace holdfast::docs {
namespace {

TEST(CompatibilityPage, IsWhatTheCodeSays) {
  std::ifstream in(HOLDFAST_SOURCE_DIR "/docs/compatibility.md");
  ASSERT_TRUE(in) << "docs/compatibility.md is missing: run ./dev docs";
  std::istringstream written(std::string(std::istreambuf_iterator<char>(in), {}));
  std::istringstream made(compatibility_page());
  int number = 0;
  std::string expected;
  std::string found;
  while (std::getline(made, expected)) {
    ++number;
    const bool there = static_cast<bool>(std::getline(written, found));
    ASSERT_TRUE(there && found == expected)
        << "docs/compatibility.md:" << number
        << ": run ./dev docs and commit what it writes\n  is:        " << (there ? found : "(the end)")
        << "\n  should be: " << expected;
  }
  EXPECT_FALSE(std::getline(written, found)) << "docs/compatibility.md is too long: run ./dev docs";
}

TEST(CompatibilityPage, SaysOfEveryCommandThatIsNotServedWhy) {
  for (size_t i = 1; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    if (proxy::route_of(id) != proxy::Route::kUnsupported) continue;
    EXPECT_FALSE(reason_not_served(policy::command(id).name).empty())
        << policy::command(id).name << ": write the reason into tests/docs/route_words.cc";
  }
}

TEST(CompatibilityPage, HasWordsForEveryRoute) {
  for (size_t i = 0; i < policy::commands().size(); ++i) {
    const auto id = static_cast<policy::CommandId>(i);
    EXPECT_FALSE(words_of(proxy::route_of(id)).empty()) << policy::command(id).name;
  }
}

}  // namespace
}  // namespace holdfast::docs
