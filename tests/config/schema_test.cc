// The table itself.
#include "config/schema.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace holdfast::config {
namespace {

TEST(Schema, EveryKeyIsThereOnce) {
  std::set<std::string> seen;
  for (const Key& key : schema())
    EXPECT_TRUE(seen.insert(std::string(section_title(key.section)) + std::string(key.name)).second)
        << key.name;
}

TEST(Schema, EveryRangeHoldsSomething) {
  for (const Key& key : schema()) {
    EXPECT_LE(key.type.min, key.type.max) << key.name;
    const bool words = key.support != Support::kNotYet && key.type.kind == Type::Kind::kWord;
    EXPECT_EQ(words, !key.type.words.empty()) << key.name;
  }
}

}  // namespace
}  // namespace holdfast::config
