// Byte strings: which encoding they take, and what a page's body is.
#include "parquet/bytes_encoder.h"

#include "base/random.h"
#include "parquet/encoder_for_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

TEST(BytesEncoder, RepeatedValuesAreCodedAsIndices) {
  EncoderFixture words("string");
  for (std::string_view word : {"rest", "rest", "run", "run", "run", "run", "walk", "walk"}) {
    words.column().append_bytes(word);
  }
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(words.page.body, ByteView("\x02\x03\x50\xa5"));
  EXPECT_EQ(words.page.byte_array_bytes, 28U);
  EXPECT_EQ(words.page.bounds.min, "rest");
  EXPECT_EQ(words.page.bounds.max, "walk");
  EXPECT_EQ(words.encoder->dictionary()->values, 3U);
  EXPECT_TRUE(words.encoder->dictionary()->covers_chunk);
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(words.page.body, ByteView("\x02")) << "a page without values has a width";
  words.column().append_bytes("run");
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(words.page.bounds.min, "run");
}

TEST(BytesEncoder, APageThatOutgrowsTheDictionaryBecomesPlain) {
  EncoderFixture words("string", {.enabled = true, .bytes_max = 20});
  for (int i = 0; i < 10; ++i) {
    words.column().append_bytes("rest");
  }
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  for (std::string_view word : {"rest", "walk", "sprint"}) {
    words.column().append_bytes(word);
  }
  EXPECT_EQ(words.close_page(), Encoding::plain);
  EXPECT_EQ(words.page.body, ByteView("\x04\0\0\0rest\x04\0\0\0walk\x06\0\0\0sprint", 26));
  EXPECT_EQ(words.page.bounds.min, "rest");
  EXPECT_EQ(words.page.bounds.max, "walk");
  EXPECT_EQ(words.encoder->dictionary()->values, 1U) << "what the page added is dropped";
  EXPECT_FALSE(words.encoder->dictionary()->covers_chunk);
  words.column().append_bytes("a");
  words.column().append_bytes("zz");
  EXPECT_EQ(words.close_page(), Encoding::plain);
  EXPECT_EQ(words.page.bounds.min, "a");
  EXPECT_EQ(words.page.bounds.max, "zz");
}

TEST(BytesEncoder, ValuesThatBeginAlikeShareTheirPrefixes) {
  EncoderFixture times("string", {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
  for (int i = 0; i < 100; ++i) {
    times.column().append_bytes(fmt::format("2025-07-15T17:10:{:02}", i % 60));
  }
  EXPECT_EQ(times.close_page(), Encoding::delta_byte_array);
  EXPECT_LT(times.page.body.size(), 500U);
  EXPECT_EQ(times.page.byte_array_bytes, 1'900U);
  EXPECT_EQ(times.page.bounds.min, "2025-07-15T17:10:00");
  EXPECT_EQ(times.page.bounds.max, "2025-07-15T17:10:59");
  EXPECT_EQ(times.close_page(), Encoding::plain) << "a page without values";
}

TEST(BytesEncoder, ValuesThatShareNothingHaveTheirLengthsApart) {
  EncoderFixture words("string", {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
  SeededRandom random(1);
  Bytes heap;
  for (int i = 0; i < 256; ++i) {
    const Bytes word(10, static_cast<char>(i));
    words.column().append_bytes(word);
    heap += word;
  }
  EXPECT_EQ(words.close_page(), Encoding::delta_length_byte_array);
  EXPECT_TRUE(words.page.body.ends_with(heap));
}

TEST(BytesEncoder, LongDecimalsKeepTheirLastBytes) {
  EncoderFixture decimals("decimal(19,0)", {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
  decimals.column().append_bytes(Bytes(15, '\0') + "\x05");
  decimals.column().append_bytes(Bytes(15, '\xff') + "\xfe");
  EXPECT_EQ(decimals.close_page(), Encoding::plain);
  EXPECT_EQ(decimals.page.body, Bytes(8, '\0') + "\x05" + Bytes(8, '\xff') + "\xfe");
  EXPECT_EQ(decimals.page.bounds.min, Bytes(8, '\xff') + "\xfe");
}

}  // namespace

}  // namespace sluice::parquet
