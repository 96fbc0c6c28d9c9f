// Encoders: when the dictionary is kept, when it is given up, and what a page's body is.
#include "parquet/value_encoder.h"

#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

struct Fixture {
  Fixture(std::string_view type, DictionaryOptions options)
      : batch(schema_of("c " + std::string(type))),
        encoder(make_value_encoder(batch.leaves()[0], options)) {}

  columnar::Column& column() { return batch.column(0); }

  // Hands what was appended to the column since the last time to the encoder, and ends the page.
  Encoding close_page() {
    encoder->append(column(), taken, column().values() - taken);
    taken = column().values();
    page = encoder->close_page();
    return page.encoding;
  }

  columnar::RowBatch batch;
  std::unique_ptr<ValueEncoder> encoder;
  std::size_t taken = 0;
  EncodedValues page;
};

constexpr DictionaryOptions roomy{.enabled = true, .bytes_max = 1'000};

TEST(ValueEncoder, RepeatedValuesAreCodedAsIndices) {
  Fixture words("string", roomy);
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
}

TEST(ValueEncoder, DistinctValuesStayPlain) {
  Fixture numbers("bigint", roomy);
  for (int i = 0; i < 4; ++i) {
    numbers.column().append_int64(i);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  EXPECT_EQ(numbers.page.body.size(), 32U);
  EXPECT_EQ(load_le<std::int64_t>(numbers.page.body.data() + 8), 1);
  EXPECT_FALSE(numbers.encoder->dictionary());
  // So does the rest of the chunk, but the next one tries again.
  for (int i = 0; i < 100; ++i) {
    numbers.column().append_int64(7);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  numbers.encoder->start_chunk();
  for (int i = 0; i < 100; ++i) {
    numbers.column().append_int64(7);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::rle_dictionary);
}

TEST(ValueEncoder, APageThatOutgrowsTheDictionaryBecomesPlain) {
  Fixture words("string", {.enabled = true, .bytes_max = 20});
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

TEST(ValueEncoder, ADictionaryThatIsOffIsNeverUsed) {
  Fixture numbers("int", {.enabled = false, .bytes_max = 1'000});
  for (int i = 0; i < 100; ++i) {
    numbers.column().append_int32(7);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  EXPECT_EQ(numbers.page.body.size(), 400U);
}

TEST(ValueEncoder, APageWithoutValuesDecidesNothing) {
  Fixture words("string", roomy);
  EXPECT_EQ(words.close_page(), Encoding::plain);
  EXPECT_TRUE(words.page.body.empty());
  EXPECT_FALSE(words.page.bounds.has_values);
  for (int i = 0; i < 10; ++i) {
    words.column().append_bytes("rest");
  }
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(words.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(words.page.body, ByteView("\x01"));
}

TEST(ValueEncoder, LongDecimalsKeepTheirLastBytes) {
  Fixture decimals("decimal(19,0)", roomy);
  decimals.column().append_bytes(Bytes(15, '\0') + "\x05");
  decimals.column().append_bytes(Bytes(15, '\xff') + "\xfe");
  EXPECT_EQ(decimals.close_page(), Encoding::plain);
  EXPECT_EQ(decimals.page.body, Bytes(8, '\0') + "\x05" + Bytes(8, '\xff') + "\xfe");
  EXPECT_EQ(decimals.page.bounds.min, Bytes(8, '\xff') + "\xfe");
}

TEST(ValueEncoder, BooleansArePacked) {
  Fixture flags("boolean", roomy);
  flags.column().append_bool(true);
  flags.column().append_bool(false);
  flags.column().append_bool(true);
  EXPECT_EQ(flags.close_page(), Encoding::plain);
  EXPECT_EQ(flags.page.body, ByteView("\x05"));
  EXPECT_EQ(flags.page.bounds.max, ByteView("\x01"));
}

}  // namespace

}  // namespace sluice::parquet
