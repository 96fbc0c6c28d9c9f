// Bloom filters: the hash, the bits, the share of false positives, files that have them.
#include "parquet/bloom_filter.h"

#include "parquet/batch_for_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>

namespace sluice::parquet {

namespace {

using columnar::RowBatch;
using columnar::Schema;

TEST(BloomFilter, TheHashIsXxh64WithSeedZero) {
  struct Case {
    ByteView bytes;
    std::uint64_t hash;
  };

  // From xxHash's own test vectors and from other programs' readers.
  const Case cases[] = {{"", 0xef46db3751d8e999},
                        {"a", 0xd24ec4f1a98c6e5b},
                        {"abc", 0x44bc2cf5ad770999},
                        {"Hello, world!", 0xf58336a78b6f9476},
                        {"The quick brown fox jumps over the lazy dog", 0x0b242d361fda71bc}};
  for (const Case& each : cases) {
    EXPECT_EQ(bloom_hash(each.bytes), each.hash) << each.bytes;
  }
}

TEST(BloomFilter, AValueSetsOneBitInEachWordOfItsBlock) {
  BloomFilter filter(4 * bloom_block_bytes);
  // The upper half chooses the third of four blocks, the lower half (1) the top bits of the salts.
  filter.insert(0xa0000000'00000001);
  const std::uint32_t salts[] = {0x47b6137b,
                                 0x44974d91,
                                 0x8824ad5b,
                                 0xa2b7289d,
                                 0x705495c7,
                                 0x2df1424b,
                                 0x9efc4947,
                                 0x5c6bfb31};
  for (std::size_t word = 0; word < 32; ++word) {
    const auto bits = load_le<std::uint32_t>(filter.bytes().data() + 4 * word);
    EXPECT_EQ(bits, word / 8 == 2 ? 1U << (salts[word % 8] >> 27) : 0U) << word;
  }
  EXPECT_TRUE(filter.may_contain(std::uint64_t{0xa0000000'00000001}));
  EXPECT_FALSE(filter.may_contain(std::uint64_t{0x20000000'00000001})) << "another block";
}

TEST(BloomFilter, TheFormInTheFileIsGolden) {
  BloomFilter filter(bloom_block_bytes);
  Bytes bytes;
  filter.encode(bytes);
  EXPECT_EQ(
      bytes,
      Bytes("\x15\x40\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 15) + Bytes(32, '\0'));
  EXPECT_EQ(bloom_filter_length(bytes.substr(0, 15)).value(), bytes.size());
}

TEST(BloomFilter, WhatWasWrittenIsRead) {
  BloomFilter filter(8 * bloom_block_bytes);
  for (int i = 0; i < 40; ++i) {
    filter.insert(bloom_hash(std::to_string(i)));
  }
  Bytes bytes;
  filter.encode(bytes);
  const Result<BloomFilter> read = BloomFilter::decode(bytes + "more");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->bytes(), filter.bytes());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(BloomFilter::decode(ByteView(bytes).substr(0, length))) << length;
  }
}

TEST(BloomFilter, WhatIsNoFilterIsRefused) {
  struct Case {
    ByteView header;
    Fault fault;
    std::string_view complaint;
  };

  const Case cases[] = {
      {{"\x15\x3e\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 15},
       Fault::corrupt,
       "a bloom filter of 31 bytes"},
      {{"\x15\x01\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 15},
       Fault::corrupt,
       "a bloom filter of -1 bytes"},
      {{"\x15\x40\x1c\x2c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 15},
       Fault::unsupported,
       "other than split blocks"},
      {{"\x15\x40\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 11}, Fault::unsupported, "uncompressed"},
      {{"\x15\x80\x80\x80\x80\x0f\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x00", 19},
       Fault::corrupt,
       "a bloom filter of"},
      {{"\xff\xff", 2}, Fault::corrupt, "bloom filter"},
  };
  for (const Case& each : cases) {
    const Result<BloomFilter> read = BloomFilter::decode(Bytes(each.header) + Bytes(64, '\0'));
    ASSERT_FALSE(read) << each.complaint;
    EXPECT_EQ(read.error().fault(), each.fault);
    EXPECT_THAT(read.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

TEST(BloomFilter, TheShareOfFalsePositivesIsWhatWasWanted) {
  SeededRandom random(3);
  for (double wanted : {0.1, 0.01, 0.001}) {
    for (std::uint64_t distinct : {1'000U, 5'000U, 50'000U}) {
      const std::size_t bytes = bloom_filter_bytes(distinct, wanted, std::size_t{1} << 24);
      BloomFilter filter(bytes);
      for (std::uint64_t i = 0; i < distinct; ++i) {
        filter.insert(bloom_hash(fmt::format("value {}", i)));
      }
      constexpr int probes = 200'000;
      int passed = 0;
      for (int i = 0; i < probes; ++i) {
        passed += filter.may_contain(random.next()) ? 1 : 0;
      }
      const double measured = static_cast<double>(passed) / probes;
      const double expected = expected_false_positives(bytes, distinct);
      EXPECT_LE(expected, wanted);
      // Bits and draws are random: five standard deviations of what is drawn, a fifth of the bits.
      const double slack = 5 * std::sqrt(expected / probes) + expected / 5;
      EXPECT_NEAR(measured, filter.false_positives(), 5 * std::sqrt(expected / probes) + 1e-9);
      EXPECT_NEAR(measured, expected, slack) << wanted << " " << distinct;
      EXPECT_GT(expected_false_positives(bytes / 2, distinct), wanted) << "half would not do";
    }
  }
}

TEST(BloomFilter, TheExpectedShareIsKnownFromOthersTables) {
  // parquet-format, BloomFilter.md: bits a value for 10 %, 1 %, 0.1 %.
  constexpr std::size_t bytes = std::size_t{1} << 20;
  EXPECT_NEAR(expected_false_positives(bytes, bytes * 8 / 6), 0.1, 0.02);
  EXPECT_NEAR(
      expected_false_positives(bytes, static_cast<std::uint64_t>(bytes * 8 / 10.5)), 0.01, 0.001);
  EXPECT_NEAR(
      expected_false_positives(bytes, static_cast<std::uint64_t>(bytes * 8 / 16.9)), 0.001, 0.0001);
  EXPECT_EQ(expected_false_positives(bytes, 0), 0);
  EXPECT_EQ(expected_false_positives(bloom_block_bytes, 1'000'000), 1);
  EXPECT_EQ(bloom_filter_bytes(1'000'000'000, 0.01, bytes), bytes) << "no larger than allowed";
  EXPECT_EQ(bloom_filter_bytes(0, 0.01, bytes), bloom_block_bytes);
}

RowBatch batch_of(const Schema& schema, int rows) {
  RowBatch batch(schema);
  for (int i = 0; i < rows; ++i) {
    batch.column(0).append_bytes(fmt::format("user-{}", i * 7919 % rows));
    if (i % 5 == 0) {
      batch.column(1).append_null();
    } else {
      batch.column(1).append_int64(i * 3);
    }
    batch.column(2).append_double(i * 0.5);
    batch.end_row();
  }
  return batch;
}

WriterOptions with_filters(std::vector<BloomFilterColumn> columns) {
  WriterOptions options;
  options.bloom_filter_columns = std::move(columns);
  return options;
}

TEST(BloomFilter, EveryRowGroupsFilterKnowsItsValues) {
  const Schema schema = schema_of("user string, n bigint, x double");
  const RowBatch rows = batch_of(schema, 3'000);
  WriterOptions options = with_filters({{"user"}, {"n", 0.001}});
  options.row_group_rows_max = 1'024;
  const Bytes file = file_of(schema, options, {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->metadata().row_groups.size(), 3U);
  std::size_t strangers = 0;
  for (std::size_t group = 0; group < 3; ++group) {
    EXPECT_FALSE(reader->read_bloom_filter(group, 2).value().has_value());
    const auto users = reader->read_bloom_filter(group, 0).value();
    const auto numbers = reader->read_bloom_filter(group, 1).value();
    ASSERT_TRUE(users && numbers);
    const auto user_column = reader->read_column(group, 0);
    for (std::size_t i = 0; i < user_column->values(); ++i) {
      ASSERT_TRUE(users->may_contain(user_column->bytes(i)));
    }
    const auto number_column = reader->read_column(group, 1);
    for (std::size_t i = 0; i < number_column->values(); ++i) {
      Bytes plain;
      put_le(plain, number_column->fixed<std::int64_t>()[i]);
      ASSERT_TRUE(numbers->may_contain(plain));
    }
    for (int i = 0; i < 1'000; ++i) {
      strangers += users->may_contain(fmt::format("stranger-{}", i)) ? 1 : 0;
    }
    const ColumnMetaData& chunk = reader->metadata().row_groups[group].columns[0].meta_data;
    EXPECT_EQ(*chunk.bloom_filter_length, static_cast<std::int32_t>(users->bytes().size() + 16));
  }
  EXPECT_LE(strangers, 60U) << "1 % of 3000 are 30";
}

TEST(BloomFilter, ZerosAndNansAreFoundWhicheverIsAskedFor) {
  const Schema schema = schema_of("x double, y float");
  RowBatch rows(schema);
  rows.column(0).append_double(-0.0);
  rows.column(1).append_float(-std::numeric_limits<float>::quiet_NaN());
  rows.end_row();
  const Bytes file = file_of(schema, with_filters({{"x"}, {"y"}}), {&rows});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  const auto x = reader->read_bloom_filter(0, 0).value();
  const auto y = reader->read_bloom_filter(0, 1).value();
  ASSERT_TRUE(x && y);
  for (double zero : {0.0, -0.0}) {
    Bytes plain;
    put_le(plain, std::bit_cast<std::uint64_t>(zero));
    EXPECT_TRUE(x->may_contain(plain));
  }
  Bytes nan;
  put_le(nan, std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN()));
  EXPECT_TRUE(y->may_contain(nan));
}

TEST(BloomFilter, NestedLeavesAreNamedByTheirColumnOrTheirPath) {
  const Schema schema = schema_of("tags array<string>, watch struct<model:string,on:boolean>");
  SeededRandom random(8);
  RowBatch rows(schema);
  RowMaker maker(schema, random, {.null_percent = 10});
  for (int i = 0; i < 100; ++i) {
    maker.append(rows);
  }

  struct Case {
    std::string_view name;
    std::vector<bool> has_filter;  // of tags, model, on
  };

  const Case cases[] = {{"tags", {true, false, false}},
                        {"tags.list.element", {true, false, false}},
                        {"watch", {false, true, false}},
                        {"watch.model", {false, true, false}}};
  for (const Case& each : cases) {
    const Bytes file = file_of(schema, with_filters({{std::string(each.name)}}), {&rows});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    for (std::size_t leaf = 0; leaf < 3; ++leaf) {
      EXPECT_EQ(reader->read_bloom_filter(0, leaf)->has_value(), each.has_filter[leaf])
          << each.name << " " << leaf;
    }
  }
}

TEST(BloomFilter, OptionsThatMakeNoSenseAreRefused) {
  struct Case {
    BloomFilterColumn column;
    std::string_view complaint;
  };

  const Case cases[] = {{{"c"}, "there is no column \"c\"; there are a, b"},
                        {{"b"}, "\"b\" is a boolean"},
                        {{"a", 0.0}, "0 false positives"},
                        {{"a", 1.0}, "1 false positives"},
                        {{"a", std::nan("")}, "nan false positives"}};
  for (const Case& each : cases) {
    MemorySink sink;
    FileWriter writer(schema_of("a int, b boolean"), with_filters({each.column}), sink);
    const Result<void> finished = writer.finish();
    ASSERT_FALSE(finished) << each.complaint;
    EXPECT_EQ(finished.error().fault(), Fault::invalid);
    EXPECT_THAT(finished.error().message(), testing::HasSubstr(std::string(each.complaint)));
    EXPECT_TRUE(sink.bytes().empty());
  }
}

// Filters that Arrow in Rust wrote; the first file names no length.
TEST(BloomFilter, FiltersOfOtherProgramsAreRead) {
  const char* data = std::getenv("SLUICE_TEST_DATA");
  std::size_t found = 0;
  for (const char* name : {"data_index_bloom_encoding_stats.parquet",
                           "data_index_bloom_encoding_with_length.parquet"}) {
    if (data == nullptr) {
      break;
    }
    std::ifstream in(std::filesystem::path(data) / "parquet-testing" / "data" / name,
                     std::ios::binary);
    const Bytes file(std::istreambuf_iterator<char>(in), {});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader) << reader.error().message();
    const Result<std::optional<BloomFilter>> filter = reader->read_bloom_filter(0, 0);
    ASSERT_TRUE(filter && filter->has_value()) << name;
    for (const char* word : {"Hello", "This is", "a", "test", "How", "are you", "doing "}) {
      EXPECT_TRUE((*filter)->may_contain(ByteView(word))) << word;
    }
    for (const char* word : {"Hello_Not_Exists", "this is", "", "b"}) {
      EXPECT_FALSE((*filter)->may_contain(ByteView(word))) << word;
    }
    ++found;
  }
  std::cout << found << " filters of other programs\n";
}

}  // namespace

}  // namespace sluice::parquet
