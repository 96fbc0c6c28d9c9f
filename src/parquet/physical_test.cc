// Values as they are stored: units of timestamps, INT96, decimals as bytes; and files made of them.
#include "parquet/physical.h"

#include "parquet/batch_for_test.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"
#include "parquet/value_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Schema;

constexpr std::int64_t micros_least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t micros_most = std::numeric_limits<std::int64_t>::max();

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

RowBatch times(const std::vector<std::int64_t>& micros) {
  RowBatch batch(schema_of("t timestamp"));
  for (std::int64_t each : micros) {
    batch.column(0).append_int64(each);
    batch.end_row();
  }
  return batch;
}

std::int64_t scaled(std::int64_t micros, TimestampUnit unit) {
  const RowBatch batch = times({micros});
  std::optional<StoredValues> values = StoredValues::create(batch.leaves()[0], {.timestamp = unit});
  SLUICE_CHECK(values.has_value());
  const Result<const Column*> stored = values->rewrite(batch.column(0));
  SLUICE_CHECK(stored.has_value());
  return (*stored)->fixed<std::int64_t>()[0];
}

TEST(Physical, WhatIsStoredAsItIsIsNotRewritten) {
  const Schema schema = schema_of("a int, b timestamp, c decimal(9,2), d decimal(30,2), e string");
  for (const columnar::Leaf& leaf : columnar::leaves_of(schema)) {
    EXPECT_FALSE(StoredValues::create(leaf, PhysicalOptions())) << leaf.path.front();
  }
  std::string rewritten;
  for (const columnar::Leaf& leaf : columnar::leaves_of(schema)) {
    rewritten += StoredValues::create(leaf, hive_physical()) ? leaf.path.front() : "";
  }
  EXPECT_EQ(rewritten, "bc");
}

TEST(Physical, TimestampsAreCutToTheirUnitTowardsThePast) {
  struct Case {
    std::int64_t micros;
    std::int64_t millis;
  };

  const Case cases[] = {{0, 0},
                        {999, 0},
                        {1'000, 1},
                        {-1, -1},
                        {-1'000, -1},
                        {-1'001, -2},
                        {1'752'599'433'123'456, 1'752'599'433'123},
                        {micros_most, 9'223'372'036'854'775},
                        {micros_least, -9'223'372'036'854'776}};
  for (const Case& each : cases) {
    EXPECT_EQ(scaled(each.micros, TimestampUnit::millis), each.millis) << each.micros;
  }
  EXPECT_EQ(scaled(1'752'599'433'123'456, TimestampUnit::nanos), 1'752'599'433'123'456'000);
  EXPECT_EQ(scaled(-1, TimestampUnit::nanos), -1'000);
  EXPECT_EQ(scaled(micros_most / 1'000, TimestampUnit::nanos), 9'223'372'036'854'775'000);
  EXPECT_EQ(scaled(micros_least / 1'000, TimestampUnit::nanos), -9'223'372'036'854'775'000);
}

TEST(Physical, NanosecondsRefuseYearsTheyCannotHold) {
  for (std::int64_t micros :
       {micros_most, micros_least, micros_most / 1'000 + 1, micros_least / 1'000 - 1}) {
    MemorySink sink;
    WriterOptions options;
    options.physical.timestamp = TimestampUnit::nanos;
    FileWriter writer(schema_of("t timestamp"), options, sink);
    const Result<void> appended = writer.append(times({0, micros}));
    ASSERT_FALSE(appended) << micros;
    EXPECT_EQ(appended.error().fault(), Fault::invalid);
    EXPECT_THAT(appended.error().message(), testing::HasSubstr("column \"t\""));
    EXPECT_THAT(appended.error().message(), testing::HasSubstr("the years 1678 to 2261"));
  }
}

TEST(Physical, Int96IsNanosecondsOfTheDayAndTheJulianDay) {
  struct Case {
    std::int64_t micros;
    std::string_view bytes;
    std::string_view text;
  };

  const Case cases[] = {
      {0, "00000000000000008c3d2500", "1970-01-01T00:00:00.000000000"},
      {1, "e8030000000000008c3d2500", "1970-01-01T00:00:00.000001000"},
      {-1, "18fc4e91944e00008b3d2500", "1969-12-31T23:59:59.999999000"},
      {1'752'599'433'123'456, "00e45ba53c380000c88c2500", "2025-07-15T17:10:33.123456000"},
      // The first day of the modified Julian count, and of the Julian one.
      {-3'506'716'800'000'000, "0000000000000000019f2400", "1858-11-17T00:00:00.000000000"},
      {-2'440'588LL * 86'400'000'000,
       "000000000000000000000000",
       "day -2440588T00:00:00.000000000"},
      {micros_most, "", "day 106751991T04:00:54.775807000"},
      {micros_least, "", "day -106751992T19:59:05.224192000"},
  };
  SchemaElement element;
  element.type = PhysicalType::int96;
  for (const Case& each : cases) {
    const RowBatch batch = times({each.micros});
    auto values = StoredValues::create(batch.leaves()[0], {.timestamp = TimestampUnit::int96});
    ASSERT_TRUE(values);
    const Result<const Column*> stored = values->rewrite(batch.column(0));
    ASSERT_TRUE(stored);
    ASSERT_EQ((*stored)->bytes(0).size(), int96_bytes);
    if (!each.bytes.empty()) {
      EXPECT_EQ(Bytes((*stored)->bytes(0)), from_hex(each.bytes)) << each.text;
    }
    EXPECT_EQ(value_text(element, (*stored)->bytes(0)), each.text);
  }
}

WriterOptions with(PhysicalOptions physical) {
  WriterOptions options;
  options.codec = Codec::uncompressed;
  options.physical = std::move(physical);
  return options;
}

TEST(Physical, AnInt96PageIsGolden) {
  RowBatch batch = times({1'752'599'433'123'456});
  batch.column(0).append_null();
  batch.end_row();
  WriterOptions options = with({.timestamp = TimestampUnit::int96});
  options.dictionary = false;
  const Bytes file = file_of(schema_of("t timestamp"), options, {&batch});
  // Levels 1 0, then the value.
  const Bytes page = from_hex(
      "02000000"
      "0301"
      "00e45ba53c380000c88c2500");
  EXPECT_NE(file.find(page), Bytes::npos);
  // In the schema: type 3 (INT96), OPTIONAL, "t", and no annotation.
  EXPECT_NE(file.find(from_hex("15062502180174"
                               "00")),
            Bytes::npos);
}

TEST(Physical, Int96HasNoBoundsAndNoColumnIndex) {
  const RowBatch batch = times({3, 1, 2, 2});
  for (bool dictionary : {true, false}) {
    WriterOptions options = with({.timestamp = TimestampUnit::int96});
    options.dictionary = dictionary;
    const Bytes file = file_of(schema_of("t timestamp"), options, {&batch});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader) << reader.error().message();
    const ColumnChunk& chunk = reader->metadata().row_groups[0].columns[0];
    ASSERT_TRUE(chunk.meta_data.statistics);
    EXPECT_EQ(chunk.meta_data.type, PhysicalType::int96);
    EXPECT_EQ(chunk.meta_data.statistics->null_count, 0);
    EXPECT_FALSE(chunk.meta_data.statistics->min_value);
    EXPECT_FALSE(chunk.meta_data.statistics->max_value);
    EXPECT_FALSE(chunk.meta_data.statistics->min);
    EXPECT_FALSE(chunk.column_index_offset);
    EXPECT_TRUE(chunk.offset_index_offset);
  }
}

TEST(Physical, BoundsAreInTheUnit) {
  const RowBatch batch = times({-1, 1'999});
  for (TimestampUnit unit : {TimestampUnit::millis, TimestampUnit::nanos}) {
    const Bytes file = file_of(schema_of("t timestamp"), with({.timestamp = unit}), {&batch});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    const Statistics& bounds = *reader->metadata().row_groups[0].columns[0].meta_data.statistics;
    const SchemaElement& element = reader->schema().elements[1];
    const bool is_millis = unit == TimestampUnit::millis;
    EXPECT_EQ(value_text(element, *bounds.min_value),
              is_millis ? "1969-12-31T23:59:59.999Z" : "1969-12-31T23:59:59.999999000Z");
    EXPECT_EQ(value_text(element, *bounds.max_value),
              is_millis ? "1970-01-01T00:00:00.001Z" : "1970-01-01T00:00:00.001999000Z");
    EXPECT_EQ(type_text(element), is_millis ? "timestamp(millis, UTC)" : "timestamp(nanos, UTC)");
  }
}

TEST(Physical, DecimalsBecomeTheFewestBytes) {
  const Schema schema =
      schema_of("a decimal(3,1), b decimal(9,2), c decimal(12,0), d decimal(20,0)");
  RowBatch batch(schema);
  batch.column(0).append_int32(-5);
  batch.column(1).append_int32(123'456'789);
  batch.column(2).append_int64(-999'999'999'999);
  batch.column(3).append_bytes(Bytes(15, '\0') + "\x07");
  batch.end_row();
  const Bytes file = file_of(schema, with(hive_physical()), {&batch});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  const std::string_view values[] = {"fffb", "075bcd15", "ff172b5af001", "000000000000000007"};
  for (std::size_t leaf = 0; leaf < 4; ++leaf) {
    const Result<Column> column = reader->read_column(0, leaf);
    ASSERT_TRUE(column) << column.error().message();
    EXPECT_EQ(Bytes(column->bytes(0)), from_hex(values[leaf])) << leaf;
    const ColumnMetaData& chunk = reader->metadata().row_groups[0].columns[leaf].meta_data;
    EXPECT_EQ(chunk.type, PhysicalType::fixed_len_byte_array);
    EXPECT_EQ(*chunk.statistics->min_value, from_hex(values[leaf]));
  }
}

std::string spelled(const SchemaTree& tree, std::size_t leaf) {
  return fmt::to_string(fmt::join(tree.leaves[leaf].path, "."));
}

// All of Hive's choices at once, on nested rows with nulls everywhere: levels and values come back.
TEST(Physical, NestedRowsComeBackInHivesForm) {
  const Schema schema = schema_of(
      "t timestamp, ts array<timestamp>, m map<string,array<timestamp>>, d array<decimal(5,2)>");
  SeededRandom random(5);
  RowBatch rows(schema);
  RowMaker maker(schema, random, {.null_percent = 25, .distinct = 50});
  for (int i = 0; i < 500; ++i) {
    maker.append(rows);
  }
  WriterOptions options = with(hive_physical());
  options.page_rows_max = 40;
  options.row_group_rows_max = 200;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  const SchemaTree& tree = reader->schema();
  EXPECT_EQ(tree.elements[0].name, "hive_schema");
  EXPECT_EQ(spelled(tree, 1), "ts.bag.array_element");
  EXPECT_EQ(spelled(tree, 2), "m.map.key");
  EXPECT_EQ(spelled(tree, 3), "m.map.value.bag.array_element");
  EXPECT_EQ(reader->metadata().row_groups[0].columns[3].meta_data.path_in_schema,
            tree.leaves[3].path);
  for (std::size_t leaf = 0; leaf < tree.leaves.size(); ++leaf) {
    std::optional<StoredValues> values = StoredValues::create(rows.leaves()[leaf], hive_physical());
    const Column& want = values ? **values->rewrite(rows.column(leaf)) : rows.column(leaf);
    std::size_t entry = 0;
    std::size_t value = 0;
    for (std::size_t group = 0; group < reader->metadata().row_groups.size(); ++group) {
      const Result<Column> got = reader->read_column(group, leaf);
      ASSERT_TRUE(got) << got.error().message();
      for (std::size_t i = 0; i < got->entries(); ++i, ++entry) {
        ASSERT_EQ(got->definition_levels()[i], want.definition_levels()[entry]);
      }
      for (std::size_t i = 0; i < got->values(); ++i, ++value) {
        const ByteView stored = want.bytes(value);
        const ByteView read = got->bytes(i);
        ASSERT_EQ(read, stored.substr(stored.size() - read.size()));
      }
    }
    EXPECT_EQ(entry, want.entries());
    EXPECT_EQ(value, want.values());
  }
}

}  // namespace

}  // namespace sluice::parquet
