// Booleans, and what all encoders have in common.
#include "parquet/value_encoder.h"

#include "parquet/encoder_for_test.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(ValueEncoder, APageWithoutValuesDecidesNothing) {
  for (const std::string_view type : {"boolean", "int", "string", "decimal(20,0)"}) {
    EncoderFixture column(type, {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
    EXPECT_EQ(column.close_page(), Encoding::plain) << type;
    EXPECT_TRUE(column.page.body.empty()) << type;
    EXPECT_FALSE(column.page.bounds.has_values) << type;
    EXPECT_FALSE(column.encoder->dictionary()) << type;
  }
}

TEST(ValueEncoder, BooleansArePacked) {
  EncoderFixture flags("boolean");
  flags.column().append_bool(true);
  flags.column().append_bool(false);
  flags.column().append_bool(true);
  EXPECT_EQ(flags.close_page(), Encoding::plain);
  EXPECT_EQ(flags.page.body, ByteView("\x05"));
  EXPECT_EQ(flags.page.bounds.max, ByteView("\x01"));
}

TEST(ValueEncoder, BooleansThatSeldomChangeAreRuns) {
  EncoderFixture flags("boolean", {}, all_by_bytes);
  for (int i = 0; i < 1'000; ++i) {
    flags.column().append_bool(true);
  }
  EXPECT_EQ(flags.close_page(), Encoding::rle);
  EXPECT_EQ(flags.page.body, ByteView("\x03\0\0\0\xd0\x0f\x01", 7));
  flags.column().append_bool(false);
  EXPECT_EQ(flags.close_page(), Encoding::rle) << "it is settled for the chunk";
  EXPECT_EQ(flags.close_page(), Encoding::plain) << "but for pages without values";
  flags.encoder->start_chunk();
  for (int i = 0; i < 16; ++i) {
    flags.column().append_bool(i % 2 == 0);
  }
  EXPECT_EQ(flags.close_page(), Encoding::plain);
}

}  // namespace

}  // namespace sluice::parquet
