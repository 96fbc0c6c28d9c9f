// Codes, their place on the wire, and how plain errors become S3's.
#include "s3/error.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::s3 {
namespace {

TEST(S3Error, EveryCodeHasANameOfItsOwnAndAStatus) {
  std::set<std::string_view> names;
  for (std::size_t index = 0; index < s3_code_count; ++index) {
    const S3CodeInfo& info = info_of(static_cast<S3Code>(index));
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GE(info.http_status, 304);
    EXPECT_LT(info.http_status, 600);
  }
}

TEST(S3Error, AFaultAloneHasACode) {
  struct Case {
    Fault fault;
    std::string_view name;
    int status;
  };

  const Case cases[] = {
      {Fault::invalid, "InvalidArgument", 400},
      {Fault::missing, "NoSuchKey", 404},
      {Fault::conflict, "PreconditionFailed", 412},
      {Fault::throttled, "SlowDown", 503},
      {Fault::too_large, "EntityTooLarge", 400},
      {Fault::corrupt, "InternalError", 500},
      {Fault::io, "InternalError", 500},
      {Fault::unavailable, "ServiceUnavailable", 503},
      {Fault::cancelled, "ServiceUnavailable", 503},
      {Fault::unsupported, "NotImplemented", 501},
  };
  for (const Case& row : cases) {
    const S3Error error = Error(row.fault, "why");
    EXPECT_EQ(error.name(), row.name);
    EXPECT_EQ(error.http_status(), row.status);
    EXPECT_EQ(error.fault(), row.fault);
    EXPECT_EQ(error.message(), "why");
  }
}

TEST(S3Error, TravelsThroughTheTryMacros) {
  const auto plain = [](bool fails) -> Result<int> {
    if (fails) {
      return fail(Fault::throttled, "disk full");
    }
    return 1;
  };
  const auto mixed = [&](bool fails) -> S3Result<int> {
    SLUICE_TRY(one, plain(fails));
    return one + 1;
  };
  const auto outer = [&](bool fails) -> S3Result<int> {
    SLUICE_S3_TRY(two, mixed(fails));
    SLUICE_S3_TRY_DO(mixed(fails));
    return two + 1;
  };
  EXPECT_EQ(outer(false), 3);
  ASSERT_FALSE(outer(true).has_value());
  EXPECT_EQ(outer(true).error().code(), S3Code::slow_down);
}

}  // namespace
}  // namespace sluice::s3
