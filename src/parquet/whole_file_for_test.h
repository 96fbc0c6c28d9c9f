// Whole files in tests: columns of every type and nesting, options under which everything has its
// turn, and whether a file holds what was written.
#pragma once

#include "columnar/column.h"
#include "parquet/batch_for_test.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/profile.h"
#include "parquet/random_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::parquet {

inline constexpr std::string_view flat_columns =
    "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i char(3), "
    "j varchar(9), k binary, l date, m timestamp, n decimal(7,2), o decimal(15,4), p "
    "decimal(38,6), "
    "q decimal(19,0)";

inline constexpr std::string_view nested_columns =
    "id int, tags array<string>, matrix array<array<int>>, counts map<string,bigint>, "
    "watch struct<model:string,sensors:array<struct<name:string,rates:array<smallint>>>>, "
    "deep map<int,map<string,array<double>>>, flags struct<a:boolean,b:struct<c:decimal(20,1)>>";

// The values of `column` as bytes without trimming, so that storages compare alike.
inline Bytes value_at(const columnar::Column& column, std::size_t i, std::size_t fixed_width) {
  const auto bytes_of = [](auto value) {
    return Bytes(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  switch (column.storage()) {
    case columnar::Storage::boolean:
      return bytes_of(column.fixed<std::uint8_t>()[i]);
    case columnar::Storage::int32:
      return bytes_of(column.fixed<std::int32_t>()[i]);
    case columnar::Storage::int64:
      return bytes_of(column.fixed<std::int64_t>()[i]);
    case columnar::Storage::float32:
      return bytes_of(column.fixed<float>()[i]);
    case columnar::Storage::float64:
      return bytes_of(column.fixed<double>()[i]);
    case columnar::Storage::bytes:
      return Bytes(column.bytes(i));
    case columnar::Storage::fixed_bytes: {
      const ByteView value = column.bytes(i);
      return Bytes(value.substr(value.size() - std::min(value.size(), fixed_width)));
    }
  }
  return {};
}

inline std::uint8_t level_at(const std::vector<std::uint8_t>& levels,
                             std::size_t i,
                             std::uint8_t full) {
  return levels.empty() ? full : levels[i];
}

// Checks that the groups of the file, one after the other, hold the entries of `expected`.
inline void expect_column(const FileReader& reader,
                          std::size_t leaf,
                          const columnar::RowBatch& expected) {
  const columnar::Leaf& shape = expected.leaves()[leaf];
  const SchemaElement& element = reader.schema().elements[reader.schema().leaves[leaf].element];
  const auto width = static_cast<std::size_t>(element.type_length.value_or(0));
  const columnar::Column& want = expected.column(leaf);
  std::size_t entry = 0;
  std::size_t value = 0;
  for (std::size_t group = 0; group < reader.metadata().row_groups.size(); ++group) {
    const Result<columnar::Column> got = reader.read_column(group, leaf);
    ASSERT_TRUE(got) << got.error().message();
    for (std::size_t i = 0; i < got->entries(); ++i, ++entry) {
      ASSERT_LT(entry, want.entries());
      ASSERT_EQ(level_at(got->definition_levels(), i, shape.definition_max),
                level_at(want.definition_levels(), entry, shape.definition_max));
      ASSERT_EQ(level_at(got->repetition_levels(), i, 0),
                level_at(want.repetition_levels(), entry, 0));
    }
    for (std::size_t i = 0; i < got->values(); ++i, ++value) {
      ASSERT_EQ(value_at(*got, i, width), value_at(want, value, width));
    }
  }
  ASSERT_EQ(entry, want.entries());
  ASSERT_EQ(value, want.values());
}

inline void expect_holds(ByteView file, const columnar::RowBatch& expected) {
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->metadata().num_rows, static_cast<std::int64_t>(expected.rows()));
  ASSERT_EQ(reader->schema().leaves.size(), expected.leaves().size());
  for (std::size_t leaf = 0; leaf < expected.leaves().size(); ++leaf) {
    EXPECT_EQ(reader->schema().leaves[leaf].path, expected.leaves()[leaf].path);
    EXPECT_EQ(reader->schema().leaves[leaf].definition_max, expected.leaves()[leaf].definition_max);
    EXPECT_EQ(reader->schema().leaves[leaf].repetition_max, expected.leaves()[leaf].repetition_max);
    ASSERT_NO_FATAL_FAILURE(expect_column(*reader, leaf, expected))
        << fmt::format("column {}", leaf);
  }
}

inline columnar::RowBatch random_rows(const columnar::Schema& schema,
                                      std::uint64_t seed,
                                      std::size_t rows,
                                      RowStyle style) {
  SeededRandom random(seed);
  columnar::RowBatch batch(schema);
  RowMaker maker(schema, random, style);
  for (std::size_t i = 0; i < rows; ++i) {
    maker.append(batch);
  }
  return batch;
}

// Options under which every encoding, page version and codec has its turn.
inline std::vector<WriterOptions> all_ways() {
  std::vector<WriterOptions> ways;
  for (const Profile profile : all_profiles) {
    for (const PageVersion version : {PageVersion::v1, PageVersion::v2}) {
      WriterOptions options = options_of(profile);
      options.pages.version = version;
      options.physical = {};  // what is stored is what was appended
      options.zstd_level = 3;
      options.page_bytes_max = 600;
      options.page_rows_max = 70;
      options.row_group_rows_max = 900;
      options.dictionary_bytes_max = 400;
      ways.push_back(options);
    }
  }
  return ways;
}

}  // namespace sluice::parquet
