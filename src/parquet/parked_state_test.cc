// The state of a parked file as bytes and back, and what is refused.
#include "parquet/parked_state.h"

#include "base/crc32c.h"
#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

#include <functional>

namespace sluice::parquet {

namespace {

constexpr std::string_view columns = "a bigint, s string, l array<double>, t decimal(30,2)";

WriterOptions options_of_test() {
  WriterOptions options;
  options.page_rows_max = 50;
  options.row_group_rows_max = 300;
  options.bloom_filter_columns = {{"s"}};
  options.note_order = true;
  return options;
}

// Of three row groups.
Bytes parked_file() {
  const columnar::Schema schema = schema_of(columns);
  SeededRandom random(1);
  columnar::RowBatch rows(schema);
  RowMaker maker(schema, random, {});
  for (int i = 0; i < 700; ++i) {
    maker.append(rows);
  }
  MemorySink sink;
  FileWriter writer(schema, options_of_test(), sink);
  EXPECT_TRUE(writer.append(rows));
  writer.add_metadata("key", "value");
  Result<Bytes> parked = writer.park();
  EXPECT_TRUE(parked);
  return std::move(*parked);
}

ParkedState state_of(ByteView encoded) {
  Result<ParkedState> state = decode_parked(encoded);
  EXPECT_TRUE(state) << (state ? "" : state.error().message());
  SLUICE_CHECK(state.has_value());
  return std::move(*state);
}

Bytes encoded(const ParkedState& state) {
  return encode_parked(state.bytes, state.metadata, state.tail);
}

TEST(ParkedFile, ComesBackAsItWas) {
  const Bytes parked = parked_file();
  const ParkedState state = state_of(parked);
  EXPECT_EQ(state.metadata.num_rows, 700);
  EXPECT_EQ(state.metadata.row_groups.size(), 3U);
  EXPECT_EQ(state.metadata.key_value_metadata.size(), 1U);
  EXPECT_EQ(encoded(state), parked);
}

TEST(ParkedFile, ABitThatFlippedOrAnEndThatIsMissingIsRefused) {
  const Bytes whole = parked_file();
  for (std::size_t bit = 0; bit < 8 * whole.size(); bit += 1 + bit / 700) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto back = decode_parked(flipped);
    ASSERT_FALSE(back) << bit;
    EXPECT_EQ(back.error().fault(), Fault::corrupt) << bit;
  }
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 1 + bytes / 50) {
    const auto back = decode_parked(ByteView(whole).substr(0, bytes));
    ASSERT_FALSE(back) << bytes;
    EXPECT_EQ(back.error().fault(), Fault::corrupt) << bytes;
  }
  EXPECT_FALSE(decode_parked(whole + "x"));
}

TEST(ParkedFile, OfANewerProgramSaysSo) {
  Bytes newer("\x02whatever it is");
  put_le(newer, crc32c(newer));
  const auto back = decode_parked(newer);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().fault(), Fault::unsupported);
}

TEST(ParkedFile, WhatCouldNotBeGoneOnWithIsRefusedThoughItsChecksumIsRight) {
  using Lie = std::function<void(ParkedState&)>;
  const Lie lies[] = {
      [](ParkedState& state) { ++state.bytes; },
      [](ParkedState& state) { --state.bytes; },
      [](ParkedState& state) { state.bytes = ~std::uint64_t{0}; },
      [](ParkedState& state) { ++state.metadata.num_rows; },
      [](ParkedState& state) { state.metadata.num_rows = std::int64_t{1} << 62 | 1; },
      [](ParkedState& state) { state.metadata.num_rows = -1; },
      [](ParkedState& state) { state.metadata.row_groups[1].num_rows = 0; },
      [](ParkedState& state) { state.metadata.row_groups.pop_back(); },
      [](ParkedState& state) { state.metadata.row_groups[0].columns.pop_back(); },
      [](ParkedState& state) {
        std::swap(state.metadata.row_groups[0], state.metadata.row_groups[1]);
      },
      [](ParkedState& state) {
        state.metadata.row_groups[0].columns[1].meta_data.path_in_schema = {"b"};
      },
      [](ParkedState& state) {
        state.metadata.row_groups[0].columns[1].meta_data.type = PhysicalType::int32;
      },
      [](ParkedState& state) {
        state.metadata.row_groups[2].columns[0].meta_data.total_compressed_size = -1;
      },
      [](ParkedState& state) {
        ++state.metadata.row_groups[2].columns[3].meta_data.total_compressed_size;
      },
      [](ParkedState& state) { state.metadata.row_groups[2].sorting_columns = {{4}}; },
      [](ParkedState& state) { state.metadata.row_groups[2].sorting_columns = {{-1}}; },
      [](ParkedState& state) { state.metadata.schema.pop_back(); },
      // Parts of a file with other row groups.
      [](ParkedState& state) {
        state.metadata.row_groups.clear();
        state.metadata.num_rows = 0;
        state.bytes = 4;
      },
  };
  const Bytes parked = parked_file();
  for (std::size_t i = 0; i < std::size(lies); ++i) {
    ParkedState state = state_of(parked);
    lies[i](state);
    const auto back = decode_parked(encoded(state));
    ASSERT_FALSE(back) << i;
    EXPECT_EQ(back.error().fault(), Fault::corrupt) << i;
  }
}

TEST(ParkedFile, ItsSizeDoesNotFollowFromRows) {
  const columnar::Schema schema = schema_of("a int, s string");
  const auto bytes_of = [&](std::size_t rows) {
    columnar::RowBatch batch(schema);
    for (std::size_t i = 0; i < rows; ++i) {
      batch.column(0).append_int32(static_cast<std::int32_t>(i));
      batch.column(1).append_bytes("always the same");
      batch.end_row();
    }
    MemorySink sink;
    FileWriter writer(schema, {}, sink);
    EXPECT_TRUE(writer.append(batch));
    return writer.park()->size();
  };
  EXPECT_LT(bytes_of(15'000), bytes_of(10) + 100);
}

}  // namespace

}  // namespace sluice::parquet
