// Profiles: their names and what they ask for.
#include "parquet/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::parquet {

namespace {

TEST(Profile, EveryNameComesBack) {
  for (const Profile profile : all_profiles) {
    const Result<Profile> parsed = parse_profile(to_string(profile));
    ASSERT_TRUE(parsed) << to_string(profile);
    EXPECT_EQ(*parsed, profile);
  }
}

TEST(Profile, AnUnknownNameIsRefusedWithThoseThereAre) {
  for (const std::string name : {"", "AWS", "compact ", "fast"}) {
    const Result<Profile> parsed = parse_profile(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().fault(), Fault::invalid);
    EXPECT_THAT(parsed.error().message(),
                testing::HasSubstr("'" + name + "'; take aws, compatible, compact or smallest"));
  }
}

}  // namespace

}  // namespace sluice::parquet
