// Where pages end.
#include "parquet/column_writer.h"

#include "parquet/batch_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::parquet {

namespace {

using testing::ElementsAre;

// First rows of the pages that `batch`'s only column is cut into, appended `step` rows at a time.
std::vector<std::int64_t> page_starts(const columnar::RowBatch& batch,
                                      PageLimits limits,
                                      std::size_t step) {
  Compressor compressor(Codec::uncompressed);
  EncodingContest contest({}, compressor);
  ColumnWriter writer(
      batch.leaves()[0],
      {.limits = limits, .dictionary = {.enabled = false, .bytes_max = 0}, .format = {}},
      compressor,
      contest);
  ColumnCursor cursor;
  for (std::size_t row = 0; row < batch.rows(); row += step) {
    EXPECT_TRUE(writer.append(batch.column(0), cursor, std::min(step, batch.rows() - row)));
  }
  EXPECT_EQ(cursor.entry, batch.column(0).entries());
  EXPECT_EQ(cursor.value, batch.column(0).values());
  MemorySink sink;
  const Result<WrittenChunk> written = writer.flush(4, sink);
  EXPECT_TRUE(written);
  EXPECT_EQ(writer.chunk_bytes(), 0U);
  std::vector<std::int64_t> starts;
  for (const PageLocation& page : written->offset_index.page_locations) {
    starts.push_back(page.first_row_index);
  }
  return starts;
}

TEST(ColumnWriter, PagesEndAtTheirRowsOrBytes) {
  columnar::RowBatch batch(schema_of("c int"));
  for (int i = 0; i < 10; ++i) {
    batch.column(0).append_int32(i);
    batch.end_row();
  }
  for (std::size_t step : {1U, 3U, 10U}) {
    EXPECT_THAT(page_starts(batch, {.bytes_max = 1'000, .rows_max = 4}, step),
                ElementsAre(0, 4, 8));
    EXPECT_THAT(page_starts(batch, {.bytes_max = 14, .rows_max = 100}, step),
                ElementsAre(0, 3, 6, 9));
    EXPECT_THAT(page_starts(batch, {.bytes_max = 40, .rows_max = 100}, step), ElementsAre(0));
  }
}

TEST(ColumnWriter, NullsTakeNoBytes) {
  columnar::RowBatch batch(schema_of("c bigint"));
  for (int i = 0; i < 12; ++i) {
    if (i % 3 == 0) {
      batch.column(0).append_int64(i);
    } else {
      batch.column(0).append_null();
    }
    batch.end_row();
  }
  for (std::size_t step : {1U, 5U, 12U}) {
    EXPECT_THAT(page_starts(batch, {.bytes_max = 16, .rows_max = 100}, step), ElementsAre(0, 6));
  }
}

TEST(ColumnWriter, AStringCountsWithItsPrefix) {
  columnar::RowBatch batch(schema_of("c string"));
  for (const std::size_t length : {6U, 6U, 7U, 100U, 0U, 0U}) {
    batch.column(0).append_bytes(Bytes(length, 'x'));
    batch.end_row();
  }
  for (std::size_t step : {1U, 2U, 6U}) {
    EXPECT_THAT(page_starts(batch, {.bytes_max = 20, .rows_max = 100}, step),
                ElementsAre(0, 2, 3, 4));
  }
}

TEST(ColumnWriter, AListIsNeverSplit) {
  columnar::RowBatch batch(schema_of("c array<int>"));
  for (int row = 0; row < 4; ++row) {
    for (std::uint8_t i = 0; i < 5; ++i) {
      batch.column(0).append_int32(i, i == 0 ? 0 : 1);
    }
    batch.end_row();
  }
  for (std::size_t step : {1U, 3U, 4U}) {
    EXPECT_THAT(page_starts(batch, {.bytes_max = 10, .rows_max = 100}, step),
                ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(page_starts(batch, {.bytes_max = 50, .rows_max = 100}, step), ElementsAre(0, 2));
  }
}

}  // namespace

}  // namespace sluice::parquet
