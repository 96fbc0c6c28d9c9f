#include "server/rerun.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

delivery::DeliveryStream stream_named(const std::string& name) {
  delivery::DeliveryStream stream;
  stream.name = name;
  stream.incarnation = 0xabc;
  stream.s3.bucket_arn = "arn:aws:s3:::landing";
  stream.s3.prefix = "made/";
  return stream;
}

TEST(Rerun, TheStoredFormIsReadBack) {
  const Rerun replay{.id = "replay", .incarnation = ~std::uint64_t{0}, .prefix = {}};
  const Rerun backfill{.id = "backfill-x",
                       .incarnation = 1,
                       .prefix = "again/",
                       .from = unix_millis(1),
                       .to = unix_millis(2)};
  for (const Rerun& rerun : {replay, backfill}) {
    const auto read = decode_rerun(encode(rerun));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, rerun);
  }
}

TEST(Rerun, WhatIsNoStoredFormIsRefused) {
  for (const char* const text : {"",
                                 "{}",
                                 R"({"format":2,"id":"replay","incarnation":"1"})",
                                 R"({"format":1,"incarnation":"1"})",
                                 R"({"format":1,"id":"replay","incarnation":"x"})"}) {
    EXPECT_FALSE(decode_rerun(text)) << text;
  }
}

TEST(Rerun, ItsLegIsTheDeliveryStreamUnderAnotherNameAndIncarnation) {
  delivery::DeliveryStream stream = stream_named("events");
  stream.backup.emplace();
  const delivery::DeliveryStream leg = rerun_leg(stream, {.id = "replay", .incarnation = 7});
  EXPECT_EQ(leg.name, "events/replay");
  EXPECT_EQ(leg.incarnation, 7U);
  EXPECT_EQ(leg.object_stem(), "events");
  EXPECT_EQ(leg.s3.prefix, "made/");
  EXPECT_FALSE(leg.backup);
  const delivery::DeliveryStream backfill =
      rerun_leg(stream, {.id = "backfill-1", .incarnation = 8, .prefix = "again/"});
  EXPECT_EQ(backfill.s3.prefix, "again/");
}

TEST(Rerun, OnlyARerunLeavesRecordsOut) {
  EXPECT_TRUE(is_selective("events/replay"));
  EXPECT_TRUE(is_selective("events/backfill-1"));
  for (const char* const name : {"events", "replay", "backfill-1", "events/backup"}) {
    EXPECT_FALSE(is_selective(name)) << name;
  }
}

TEST(Rerun, ItsKeyTellsLivesOfADeliveryStreamApart) {
  EXPECT_EQ(rerun_key(stream_named("events"), "replay"), "events/0000000000000abc/replay");
}

}  // namespace
}  // namespace sluice::server
