#include "delivery/parquet_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sluice::delivery {
namespace {

using parquet::Codec;
using parquet::EncodingSet;
using parquet::Profile;

DeliveryStream stream_of(std::vector<Tag> tags, ParquetOptions given = {}) {
  DeliveryStream stream;
  stream.tags = std::move(tags);
  stream.s3.conversion.emplace().parquet = std::move(given);
  return stream;
}

parquet::WriterOptions options_of(std::vector<Tag> tags, ParquetOptions given = {}) {
  return parquet_options_of(stream_of(std::move(tags), std::move(given)),
                            columnar::parse_columns("a int, b string").value());
}

TEST(ParquetProfileTag, NamesAProfileAndIsCompatibleWithout) {
  EXPECT_EQ(parquet_profile_of({}).value(), Profile::compatible);
  for (const Profile profile : parquet::all_profiles) {
    const std::string name(to_string(profile));
    EXPECT_EQ(parquet_profile_of({{"team", "hr"}, {"sluice:parquet-profile", name}}).value(),
              profile);
  }
}

TEST(ParquetProfileTag, AnotherNameIsRefusedWithThoseThereAre) {
  const auto profile = parquet_profile_of({{"sluice:parquet-profile", "AWS"}});
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().fault(), Fault::invalid);
  EXPECT_EQ(profile.error().message(),
            "the tag sluice:parquet-profile: there is no profile 'AWS'; take aws, compatible, "
            "compact or smallest.");
}

TEST(ParquetOptions, AreThoseOfTheProfile) {
  EXPECT_EQ(options_of({}).physical.root, "schema");
  const auto aws = options_of({{"sluice:parquet-profile", "aws"}});
  EXPECT_EQ(aws.physical.root, "hive_schema");
  EXPECT_EQ(aws.physical.timestamp, parquet::TimestampUnit::int96);
  EXPECT_FALSE(aws.dictionary);
  const auto compact = options_of({{"sluice:parquet-profile", "compact"}});
  EXPECT_EQ(compact.codec, Codec::zstd);
  EXPECT_EQ(compact.encodings.set, EncodingSet::all);
}

TEST(ParquetOptions, MembersOfTheSerializerTakeThePlaceOfTheProfile) {
  const ParquetOptions given{.block_size_bytes = 67'108'864,
                             .page_size_bytes = 65'536,
                             .compression = ParquetCompression::gzip,
                             .dictionary = true,
                             .padding_bytes_max = {},
                             .writer_version = "V2"};
  for (const std::string profile : {"aws", "compact"}) {
    const auto options = options_of({{"sluice:parquet-profile", profile}}, given);
    EXPECT_EQ(options.codec, Codec::gzip);
    EXPECT_EQ(options.pages.version, parquet::PageVersion::v2);
    EXPECT_EQ(options.encodings.set, EncodingSet::all);
    EXPECT_TRUE(options.dictionary);
    EXPECT_EQ(options.row_group_bytes_max, 67'108'864u);
    EXPECT_EQ(options.page_bytes_max, 65'536u);
  }
}

TEST(ParquetOptions, PagesAreSmallWhereTheSizeIsThatOfTheObject) {
  const auto options =
      options_of({{"sluice:size-of", "object"}, {"sluice:buffer-size-kib", "8192"}});
  EXPECT_EQ(options.page_bytes_max, (std::size_t{8} << 20) / 32 / 2);
}

}  // namespace
}  // namespace sluice::delivery
