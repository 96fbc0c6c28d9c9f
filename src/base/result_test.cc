// How failures travel: words, contexts, and what the operating system's numbers become.
#include "base/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Fault, EachHasAWordOfItsOwn) {
  std::set<std::string_view> names;
  for (auto number = static_cast<int>(Fault::invalid);
       number <= static_cast<int>(Fault::unsupported);
       ++number) {
    names.insert(fault_name(static_cast<Fault>(number)));
  }
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(fault_name(Fault::too_large), "too_large");
}

TEST(Error, WithinPutsTheOuterContextFirstAndKeepsTheFault) {
  const Error error = Error(Fault::corrupt, "bad length").within("record 7").within("batch 41");
  EXPECT_EQ(error.message(), "batch 41: record 7: bad length");
  EXPECT_EQ(error.fault(), Fault::corrupt);
}

struct ErrnoCase {
  int error_number;
  Fault fault;
};

class FailErrno : public testing::TestWithParam<ErrnoCase> {};

TEST_P(FailErrno, MapsTheNumberAndNamesTheThing) {
  const Error error = fail_errno(GetParam().error_number, "cannot open /a/b").error();
  EXPECT_EQ(error.fault(), GetParam().fault);
  EXPECT_THAT(error.message(), StartsWith("cannot open /a/b: "));
}

INSTANTIATE_TEST_SUITE_P(Numbers,
                         FailErrno,
                         testing::Values(ErrnoCase{ENOSPC, Fault::throttled},
                                         ErrnoCase{EDQUOT, Fault::throttled},
                                         ErrnoCase{ENOENT, Fault::missing},
                                         ErrnoCase{EEXIST, Fault::conflict},
                                         ErrnoCase{EIO, Fault::io},
                                         ErrnoCase{EROFS, Fault::io},
                                         ErrnoCase{EMFILE, Fault::io},
                                         ErrnoCase{ENOTDIR, Fault::io},
                                         ErrnoCase{EACCES, Fault::io}));

TEST(FailErrnoMessage, SaysTheCauseAndTheRemedy) {
  EXPECT_THAT(fail_errno(ENOSPC, "x").error().message(),
              HasSubstr("No space left on device; free some space"));
  EXPECT_EQ(fail_errno(ENOENT, "x").error().message(), "x: No such file or directory");
}

Result<std::unique_ptr<int>> half(int value) {
  if (value % 2 != 0) {
    return fail(Fault::invalid, "odd");
  }
  return std::make_unique<int>(value / 2);
}

Result<int> quarter(int value) {
  SLUICE_TRY(once, half(value));
  SLUICE_TRY(twice, half(*once));
  return *twice;
}

Result<void> must_be_even(int value) {
  SLUICE_TRY_DO(half(value));
  return {};
}

TEST(Try, PassesTheValueOnAndMovesIt) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_TRUE(must_be_even(2).has_value());
}

TEST(Try, ReturnsTheFirstFailure) {
  EXPECT_EQ(quarter(6).error().message(), "odd");
  EXPECT_EQ(must_be_even(3).error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice
