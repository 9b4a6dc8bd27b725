#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace holdfast {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error(ErrorCode::kInvalid, "an odd number has no half");
  return number / 2;
}

TEST(Result, IsAValueOrAnError) {
  const Result<int> good = half_of(8);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good.value(), 4);

  const Result<int> bad = half_of(7);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(bad.error().message(), "an odd number has no half");
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result.ok());
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, CarriesAnErrorAsItsValueTypeWouldBe) {
  // A string converts from the same things that an error's message does: the alternative must not be mixed
  // up.
  const Result<std::string> text = std::string("all is well");
  EXPECT_TRUE(text.ok());
  const Result<std::string> problem = Error(ErrorCode::kIo, "nothing is well");
  EXPECT_FALSE(problem.ok());
}

TEST(Status, IsSuccessUnlessItHasAnError) {
  EXPECT_TRUE(Status().ok());
  const Status failed = Error(ErrorCode::kTimeout, "too late");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::kTimeout);
}

TEST(Error, GathersContextOnItsWayUp) {
  const Error error = Error(ErrorCode::kCorrupt, "wrong checksum").prefixed("segment 3").prefixed("journal");
  EXPECT_EQ(error.message(), "journal: segment 3: wrong checksum");
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
}

TEST(Error, NamesAnErrorOfTheSystem) {
  const Error error = Error::from_errno("cannot open /nowhere", ENOENT);
  EXPECT_EQ(error.message(), "cannot open /nowhere: No such file or directory");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace holdfast
