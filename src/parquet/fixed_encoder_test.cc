// Numbers: which encoding they take, and what a page's body is.
#include "parquet/fixed_encoder.h"

#include "base/random.h"
#include "parquet/encoder_for_test.h"

#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

void append_numbers(EncoderFixture& numbers, std::int64_t count, std::int64_t step) {
  for (std::int64_t i = 0; i < count; ++i) {
    numbers.column().append_int64(i * step);
  }
}

TEST(FixedEncoder, DistinctValuesStayPlain) {
  EncoderFixture numbers("bigint");
  append_numbers(numbers, 4, 1);
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  EXPECT_EQ(numbers.page.body.size(), 32U);
  EXPECT_EQ(load_le<std::int64_t>(numbers.page.body.data() + 8), 1);
  EXPECT_FALSE(numbers.encoder->dictionary());
  // So does the rest of the chunk, but the next one tries again.
  append_numbers(numbers, 100, 0);
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  numbers.encoder->start_chunk();
  append_numbers(numbers, 100, 0);
  EXPECT_EQ(numbers.close_page(), Encoding::rle_dictionary);
}

TEST(FixedEncoder, ADictionaryThatIsOffIsNeverUsed) {
  EncoderFixture numbers("int", {.enabled = false, .bytes_max = 1'000});
  for (int i = 0; i < 100; ++i) {
    numbers.column().append_int32(7);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::plain);
  EXPECT_EQ(numbers.page.body.size(), 400U);
}

TEST(FixedEncoder, NumbersThatGrowSteadilyAreDeltas) {
  EncoderFixture numbers("bigint", {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
  append_numbers(numbers, 100, 500'000);
  EXPECT_EQ(numbers.close_page(), Encoding::delta_binary_packed);
  EXPECT_LT(numbers.page.body.size(), 20U);
  EXPECT_EQ(load_le<std::int64_t>(numbers.page.bounds.max.data()), 99 * 500'000);
  append_numbers(numbers, 1, 0);
  EXPECT_EQ(numbers.close_page(), Encoding::delta_binary_packed) << "it is settled for the chunk";
  EXPECT_EQ(numbers.close_page(), Encoding::plain) << "but for pages without values";
  EXPECT_TRUE(numbers.page.body.empty());
}

TEST(FixedEncoder, FewValuesInDisorderAreIndices) {
  EncoderFixture numbers("int", {.enabled = true, .bytes_max = 1'000}, all_by_bytes);
  SeededRandom random(1);
  for (int i = 0; i < 1'000; ++i) {
    numbers.column().append_int32(static_cast<std::int32_t>(random.below(4)) * 1'000'000);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::rle_dictionary);
  EXPECT_EQ(numbers.encoder->dictionary()->values, 4U);
}

TEST(FixedEncoder, WhereTheDictionaryEndsTheChunkGoesOnWithDeltas) {
  EncoderFixture numbers("bigint", {.enabled = true, .bytes_max = 64}, all_by_bytes);
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    numbers.column().append_int64(static_cast<std::int64_t>(random.below(8)) << 40);
  }
  EXPECT_EQ(numbers.close_page(), Encoding::rle_dictionary);
  append_numbers(numbers, 200, 3);
  EXPECT_EQ(numbers.close_page(), Encoding::delta_binary_packed);
  EXPECT_EQ(load_le<std::int64_t>(numbers.page.bounds.max.data()), 199 * 3);
  EXPECT_EQ(numbers.encoder->dictionary()->values, 8U) << "what the page added is dropped";
  EXPECT_FALSE(numbers.encoder->dictionary()->covers_chunk);
  append_numbers(numbers, 200, 0);
  EXPECT_EQ(numbers.close_page(), Encoding::delta_binary_packed);
}

TEST(FixedEncoder, FloatingPointNumbersAreSplitWhereThatCompressesBetter) {
  const columnar::RowBatch batch(schema_of("c double"));
  Compressor compressor(Codec::zstd);
  EncodingContest contest({.set = EncodingSet::all, .weighs_compressed = true}, compressor);
  const auto encoder =
      make_value_encoder(batch.leaves()[0], {.enabled = true, .bytes_max = 1'000'000}, contest);
  columnar::RowBatch rows(schema_of("c double"));
  SeededRandom random(1);
  for (int i = 0; i < 5'000; ++i) {
    rows.column(0).append_double(70 + static_cast<double>(random.below(1 << 30)) / (1 << 28));
  }
  encoder->append(rows.column(0), 0, 5'000);
  EXPECT_EQ(encoder->close_page().encoding, Encoding::byte_stream_split);
}

}  // namespace

}  // namespace sluice::parquet
