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

TEST(Profile, OnlyAwsAndCompatibleKeepToWhatEveryReaderTakes) {
  for (const Profile profile : {Profile::aws, Profile::compatible}) {
    const WriterOptions options = options_of(profile);
    EXPECT_EQ(options.codec, Codec::snappy) << to_string(profile);
    EXPECT_EQ(options.encodings.set, EncodingSet::basic) << to_string(profile);
    EXPECT_EQ(options.pages.version, PageVersion::v1) << to_string(profile);
  }
  EXPECT_TRUE(options_of(Profile::aws).pages.compresses_everything);
  EXPECT_FALSE(options_of(Profile::aws).dictionary);
  EXPECT_EQ(options_of(Profile::aws).physical.root, hive_physical().root);
  EXPECT_TRUE(options_of(Profile::compact).encodings.weighs_time);
  EXPECT_FALSE(options_of(Profile::smallest).encodings.weighs_time);
  EXPECT_GT(options_of(Profile::smallest).zstd_level, options_of(Profile::compact).zstd_level);
}

}  // namespace

}  // namespace sluice::parquet
