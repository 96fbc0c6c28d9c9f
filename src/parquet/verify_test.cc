// Our own files tell the truth whatever the options; what is wrong in files of other programs.
#include "parquet/verify.h"

#include "parquet/batch_for_test.h"
#include "parquet/lies_for_test.h"
#include "parquet/profile.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

namespace sluice::parquet {

namespace {

using columnar::RowBatch;
using columnar::Schema;
using testing::HasSubstr;

constexpr std::string_view flat_columns =
    "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i char(3), "
    "j varchar(9), k binary, l date, m timestamp, n decimal(7,2), o decimal(15,4), p decimal(38,6)";

constexpr std::string_view nested_columns =
    "id int, tags array<string>, matrix array<array<int>>, counts map<string,bigint>, "
    "watch struct<model:string,sensors:array<struct<name:string,rates:array<double>>>>, "
    "at array<timestamp>, deep map<int,map<string,array<float>>>";

RowBatch random_rows(const Schema& schema, std::uint64_t seed, std::size_t rows, RowStyle style) {
  SeededRandom random(seed);
  RowBatch batch(schema);
  RowMaker maker(schema, random, style);
  for (std::size_t i = 0; i < rows; ++i) {
    maker.append(batch);
  }
  return batch;
}

WriterOptions small(WriterOptions options) {
  options.page_bytes_max = 600;
  options.page_rows_max = 70;
  options.row_group_rows_max = 250;
  options.dictionary_bytes_max = 400;
  return options;
}

std::vector<WriterOptions> all_options() {
  std::vector<WriterOptions> all;
  for (const Profile profile : all_profiles) {
    all.push_back(options_of(profile));
  }
  for (const TimestampUnit unit :
       {TimestampUnit::millis, TimestampUnit::nanos, TimestampUnit::int96}) {
    WriterOptions& options = all.emplace_back();
    options.codec = Codec::zstd;
    options.physical.timestamp = unit;
  }
  WriterOptions& hive = all.emplace_back();
  hive.codec = Codec::gzip;
  hive.dictionary = false;
  hive.physical = hive_physical();
  all.emplace_back().page_index = false;
  return all;
}

TEST(Verify, WhatWeWriteIsTrue) {
  std::uint64_t claims = 0;
  for (const std::string_view columns : {flat_columns, nested_columns}) {
    const Schema schema = schema_of(columns);
    for (WriterOptions options : all_options()) {
      for (const std::uint64_t null_percent : {0U, 30U, 100U}) {
        const RowBatch rows =
            random_rows(schema, null_percent, 400, {null_percent, null_percent == 0 ? 5U : 9'000U});
        options.sort_by = {{columns == flat_columns ? "h" : "id", null_percent == 0, true}};
        options.bloom_filter_columns = {{columns == flat_columns ? "g" : "tags"},
                                        {columns == flat_columns ? "o" : "watch.model"}};
        for (const WriterOptions& each : {options, small(options)}) {
          const Bytes file = file_of(schema, each, {&rows});
          const Result<FileReader> reader = FileReader::open(file);
          ASSERT_TRUE(reader) << reader.error().message();
          const Verification found = verify(*reader);
          EXPECT_EQ(all_of(found.contradictions), "");
          EXPECT_EQ(all_of(found.unread), "");
          EXPECT_EQ(found.chunks,
                    reader->metadata().row_groups.size() * reader->schema().leaves.size());
          EXPECT_EQ(found.pages_with_checksum, found.pages);
          EXPECT_GT(found.claims, found.chunks * 6);
          claims += found.claims;
        }
      }
    }
  }
  std::cout << claims << " claims hold\n";
}

TEST(Verify, FloatsThatAreNoNumbersAreCounted) {
  const Schema schema = schema_of("x double, y float");
  RowBatch rows(schema);
  for (int i = 0; i < 300; ++i) {
    rows.column(0).append_double(i % 7 == 0 ? std::nan("") : i < 150 ? 0.0 : -0.0);
    rows.column(1).append_float(std::nanf(""));
    rows.end_row();
  }
  for (const WriterOptions& options : {WriterOptions(), small({})}) {
    const Bytes file = file_of(schema, options, {&rows});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    EXPECT_EQ(all_of(verify(*reader).contradictions), "");
  }
}

TEST(Verify, DamageIsFoundAndTheRestIsComparedStill) {
  Bytes file = sample_file();
  const Result<FileReader> honest = FileReader::open(file);
  ASSERT_TRUE(honest);
  const ColumnMetaData column = honest->metadata().row_groups[0].columns[0].meta_data;
  char& damaged = file[static_cast<std::size_t>(column.data_page_offset) + 40];
  damaged = static_cast<char>(damaged ^ 1);
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const Verification found = verify(*reader);
  EXPECT_EQ(found.chunks, 2U);
  ASSERT_EQ(found.contradictions.size(), 1U) << all_of(found.contradictions);
  EXPECT_THAT(found.contradictions[0], HasSubstr("column a: a page's checksum"));
}

// What is wrong in files of the format's own test repository, by file; all others hold.
TEST(Verify, FilesOfOtherProgramsHoldButForThoseKnown) {
  const std::map<std::string, std::string> known = {
      {"alltypes_plain.snappy", "total_byte_size is 570, but there are 532"},
      {"byte_array_decimal", "encodings lack PLAIN"},
      {"datapage_v1-corrupt-checksum", "a page's checksum is bbce3b9d"},
      {"datapage_v1-snappy-compressed-checksum", "page 0 is null in the index"},
      {"datapage_v1-uncompressed-checksum", "page 0 is null in the index"},
      {"list_columns", "null_count is 1, but there are 2"},
      {"nan_in_stats", "total_byte_size is 84, but there are 80"},
      {"nation.dict-malformed", "total_compressed_size is 322, but there are 337"},
      {"nested_structs.rust", "total_byte_size is 17712, but there are 13824"},
      {"non_hadoop_lz4_compressed", "total_byte_size is 281, but there are 277"},
      {"page_v2_empty_compressed", "the count of DATA_PAGE in RLE_DICTIONARY is 1"},
      {"repeated_no_annotation", "num_rows is 0, but there are 6"},
      {"rle-dict-uncompressed-corrupt-checksum", "a page's checksum is 6522df6a"},
      {"rle_boolean_encoding", "total_byte_size is 69, but there are 49"},
      {"single_nan", "total_byte_size is 45, but there are 42"},
  };
  const char* data = std::getenv("SLUICE_TEST_DATA");
  std::size_t files = 0;
  std::uint64_t claims = 0;
  std::error_code error;
  const std::filesystem::path root =
      std::filesystem::path(data == nullptr ? "" : data) / "parquet-testing" / "data";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.path().extension() != ".parquet") {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    const Bytes bytes(std::istreambuf_iterator<char>(in), {});
    const Result<FileReader> reader = FileReader::open(bytes);
    ASSERT_TRUE(reader) << entry.path() << reader.error().message();
    const Verification found = verify(*reader);
    const auto expected = known.find(entry.path().stem().string());
    if (expected == known.end()) {
      EXPECT_EQ(all_of(found.contradictions), "") << entry.path();
    } else {
      EXPECT_THAT(all_of(found.contradictions), HasSubstr(expected->second)) << entry.path();
    }
    ++files;
    claims += found.claims;
  }
  std::cout << files << " files of other programs with " << claims << " claims\n";
}

}  // namespace

}  // namespace sluice::parquet
