// Plans come back as they were, and nothing else is taken for a plan.
#include "store/plan_codec.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;

delivery::ObjectPlan full_plan() {
  delivery::ObjectPlan plan;
  plan.number = PlanNumber(300);
  plan.kind = delivery::ObjectKind::format_conversion_failed;
  plan.bucket = "garmin-hr-s3-bucket";
  plan.key = "heart_rate_data/2025/07/13/session_21-25-19/part-1.parquet";
  plan.content_type = "application/octet-stream";
  plan.content_encoding = "gzip";
  plan.metadata = {{"sluice-plan", "300"}, {"sluice-stream", ""}};
  plan.spool_name = "hr_firehose-300.parquet";
  plan.bytes = std::uint64_t{1} << 40;
  plan.sha256 = sha256("x");
  plan.md5 = md5("x");
  delivery::OrdinalSet ordinals;
  ordinals.add(Ordinal(1), Ordinal(900));
  ordinals.add(Ordinal(1000));
  plan.positions = {{{delivery::StreamIncarnation(~std::uint64_t{0}), 3}, ordinals},
                    {{delivery::StreamIncarnation(7), 0xffffffff}, {}}};
  plan.records = 901;
  plan.rows = 1800;
  plan.source_bytes = 55'862;
  plan.oldest_arrival = unix_millis(-12);
  plan.configuration_version = 4;
  plan.schema_version = "3";
  return plan;
}

TEST(PlanCodec, GivesBackEveryMember) {
  for (const delivery::ObjectPlan& plan : {full_plan(), delivery::ObjectPlan{}}) {
    const auto decoded = decode_plan(plan.number, encode_plan(plan));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
    EXPECT_EQ(*decoded, plan);
  }
}

TEST(PlanCodec, NamesPartsOfRecordsOnlyWhereThereAreSome) {
  delivery::ObjectPlan plan = full_plan();
  EXPECT_EQ(encode_plan(plan).front(), 1);
  delivery::PartialRecord one{Ordinal(950), 3, 2, {}};
  one.held.add(Ordinal(2));
  plan.positions[0].partial.add(one);
  const Bytes encoded = encode_plan(plan);
  EXPECT_EQ(encoded.front(), 2);
  const auto decoded = decode_plan(plan.number, encoded);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
  EXPECT_EQ(*decoded, plan);
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    EXPECT_FALSE(decode_plan(plan.number, encoded.substr(0, length)).has_value()) << length;
  }
}

TEST(PlanCodec, RefusesEveryPrefixAndAnyTail) {
  const Bytes encoded = encode_plan(full_plan());
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    const auto decoded = decode_plan(PlanNumber(300), encoded.substr(0, length));
    ASSERT_FALSE(decoded.has_value()) << length;
    EXPECT_EQ(decoded.error().fault(), Fault::corrupt);
  }
  EXPECT_FALSE(decode_plan(PlanNumber(300), encoded + '\0').has_value());
}

delivery::ParkedObject full_parked() {
  delivery::ParkedObject parked;
  parked.buffer = 12;
  parked.partition = {{"watch", "left"}, {"zone", ""}};
  parked.draft = full_plan();
  parked.draft.number = PlanNumber{};
  parked.spool_bytes = 4'711;
  parked.writer_state = Bytes("\0state", 6);
  return parked;
}

TEST(PlanCodec, GivesBackEveryMemberOfAParkedObject) {
  for (const delivery::ParkedObject& parked : {full_parked(), delivery::ParkedObject{}}) {
    const auto decoded = decode_parked(encode_parked(parked));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
    EXPECT_EQ(*decoded, parked);
  }
}

TEST(PlanCodec, RefusesEveryPrefixOfAParkedObjectAndAnyTail) {
  const Bytes encoded = encode_parked(full_parked());
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    const auto decoded = decode_parked(encoded.substr(0, length));
    ASSERT_FALSE(decoded.has_value()) << length;
    EXPECT_EQ(decoded.error().fault(), Fault::corrupt);
  }
  EXPECT_FALSE(decode_parked(encoded + '\0').has_value());
}

TEST(PlanCodec, NewerKindsAreOfTheThirdFormat) {
  delivery::ObjectPlan plan = full_plan();
  plan.kind = delivery::ObjectKind::dropped;
  plan.bucket.clear();
  plan.key.clear();
  for (const bool has_parts : {false, true}) {
    if (has_parts) {
      delivery::PartialRecord one{Ordinal(950), 3, 2, {}};
      one.held.add(Ordinal(2));
      plan.positions[0].partial.add(one);
    }
    const Bytes encoded = encode_plan(plan);
    EXPECT_EQ(encoded.front(), 3);
    const auto decoded = decode_plan(plan.number, encoded);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
    EXPECT_EQ(*decoded, plan);
  }
}

TEST(PlanCodec, RefusesANewerFormatByName) {
  Bytes encoded = encode_plan(full_plan());
  encoded[0] = static_cast<char>(plan_format_version + 1);
  const auto decoded = decode_plan(PlanNumber(300), encoded);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().fault(), Fault::unsupported);
  encoded[0] = 0;
  EXPECT_EQ(decode_plan(PlanNumber(300), encoded).error().fault(), Fault::corrupt);
  Bytes parked = encode_parked(full_parked());
  parked[0] = static_cast<char>(parked_format_version + 1);
  EXPECT_EQ(decode_parked(parked).error().fault(), Fault::unsupported);
}

TEST(PlanCodec, SurvivesAnyDamage) {
  SeededRandom random(1);
  for (int round = 0; round < 20'000; ++round) {
    Bytes encoded = encode_plan(full_plan());
    for (std::uint64_t hits = random.below(3) + 1; hits > 0; --hits) {
      encoded[random.below(encoded.size())] = static_cast<char>(random.next());
    }
    const auto decoded = decode_plan(PlanNumber(300), encoded);
    if (decoded) {
      const auto again = decode_plan(PlanNumber(300), encode_plan(*decoded));
      ASSERT_TRUE(again.has_value());
      EXPECT_EQ(*again, *decoded);
    }
  }
}

}  // namespace
}  // namespace sluice::store
