#include "runner/definition_options.h"

#include <gtest/gtest.h>

namespace sluice::runner {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

delivery::DeliveryStream stream_with(std::vector<delivery::Tag> tags) {
  delivery::DeliveryStream stream;
  stream.name = "s";
  stream.tags = std::move(tags);
  return stream;
}

TEST(DefinitionOptions, AreTheDefinitionsOwnWithoutTags) {
  const RunnerOptions options = options_of(stream_with({})).value();
  EXPECT_EQ(options.size_hint_bytes, 5 * mib);
  EXPECT_FALSE(options.sizes_objects);
  EXPECT_FALSE(options.interval.has_value());
  EXPECT_EQ(options.partitions_max, 500U);
  EXPECT_EQ(options.overflow, delivery::PartitionOverflow::refuse);
  EXPECT_FALSE(options.by_session);
  EXPECT_EQ(options.read_bytes_max, RunnerOptions().read_bytes_max);
}

TEST(DefinitionOptions, TagsOfBuffersAndPartitionsTakeTheirPlace) {
  const RunnerOptions options = options_of(stream_with({{"sluice:buffer-size-kib", "64"},
                                                        {"sluice:buffer-interval-s", "7"},
                                                        {"sluice:size-of", "object"},
                                                        {"sluice:partitions-max", "9"}}))
                                    .value();
  EXPECT_EQ(options.size_hint_bytes, mib / 16);
  EXPECT_TRUE(options.sizes_objects);
  EXPECT_EQ(options.interval, seconds(7));
  EXPECT_EQ(options.partitions_max, 9U);
}

TEST(DefinitionOptions, SessionsCloseBySilenceAndGiveWayToNewerOnes) {
  const RunnerOptions options = options_of(stream_with({{"sluice:session-gap-s", "60"},
                                                        {"sluice:event-time-field", "at"},
                                                        {"sluice:event-time-lateness-s", "5"}}))
                                    .value();
  EXPECT_TRUE(options.by_session);
  EXPECT_EQ(options.interval, seconds(65));
  EXPECT_EQ(options.size_hint_bytes, 80 * mib);
  EXPECT_EQ(options.overflow, delivery::PartitionOverflow::close_least_recently_used);
  const RunnerOptions refusing = options_of(stream_with({{"sluice:session-gap-s", "60"},
                                                         {"sluice:partition-overflow", "refuse"}}))
                                     .value();
  EXPECT_EQ(refusing.overflow, delivery::PartitionOverflow::refuse);
}

TEST(DefinitionOptions, WhatIsCompressedIsReadInSmallPieces) {
  delivery::DeliveryStream stream = stream_with({});
  stream.s3.processing = {true, {{"Decompression", {}}}};
  EXPECT_LT(options_of(stream)->read_bytes_max, RunnerOptions().read_bytes_max);
}

TEST(DefinitionOptions, TagsThatAreNotValidAreRefused) {
  EXPECT_FALSE(options_of(stream_with({{"sluice:partitions-max", "0"}})));
}

}  // namespace
}  // namespace sluice::runner
