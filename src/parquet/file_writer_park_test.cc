// Files that several writers make, one after the other: the same bytes as from one writer that was
// parked at the same rows, and the same rows as from one that was not.
#include "base/random.h"
#include "parquet/file_writer.h"
#include "parquet/parked_state.h"
#include "parquet/verify.h"
#include "parquet/whole_file_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::parquet {

namespace {

using columnar::RowBatch;
using columnar::Schema;

// Who goes on after a park.
enum class After : std::uint8_t { same_writer, another_writer, another_after_lost_rows };

// One file, whose writers come and go.  `rows` are borrowed.
class Parts {
 public:
  Parts(const Schema& schema, const WriterOptions& options, const RowBatch& rows)
      : schema_(schema), options_(options), piece_(schema), copier_(rows, piece_) {
    begin({});
  }

  void append(std::size_t rows) {
    piece_.clear();
    copier_.copy(rows);
    ASSERT_TRUE(writer_->append(piece_));
  }

  void park(After after) {
    const Result<Bytes> parked = writer_->park();
    ASSERT_TRUE(parked) << parked.error().message();
    state_ = *parked;
    ASSERT_EQ(writer_->bytes_written(), sink_->bytes().size());
    if (after == After::same_writer) {
      return;
    }
    const std::uint64_t rows = writer_->rows();
    const Bytes kept = sink_->bytes();
    if (after == After::another_after_lost_rows) {
      ASSERT_TRUE(writer_->append(piece_));  // once more, and to be forgotten
      ASSERT_TRUE(writer_->park());
    }
    begin(kept);
    ASSERT_TRUE(writer_->resume(state_));
    ASSERT_TRUE(writer_->takes_rows());
    ASSERT_EQ(writer_->rows(), rows);
    ASSERT_EQ(writer_->bytes_written(), kept.size());
  }

  Bytes finish() {
    writer_->add_metadata("last", "words");
    EXPECT_TRUE(writer_->finish());
    return sink_->bytes();
  }

  FileWriter& writer() { return *writer_; }

  const Bytes& state() const { return state_; }

 private:
  void begin(ByteView kept) {
    sink_ = std::make_unique<MemorySink>();
    EXPECT_TRUE(sink_->append(kept));
    writer_ = std::make_unique<FileWriter>(schema_, options_, *sink_);
  }

  const Schema schema_;
  const WriterOptions options_;
  RowBatch piece_;
  RowCopier copier_;
  std::unique_ptr<MemorySink> sink_;
  std::unique_ptr<FileWriter> writer_;
  Bytes state_;
};

// All of `rows` as one file that is parked in front of each of `places`.  What is appended at once
// ends at random, if there is a seed.
Bytes file_in_parts(const Schema& schema,
                    const WriterOptions& options,
                    const RowBatch& rows,
                    const std::vector<std::size_t>& places,
                    After after,
                    std::uint64_t seed = 0) {
  SeededRandom random(seed);
  Parts parts(schema, options, rows);
  std::size_t at = 0;
  const auto append_up_to = [&](std::size_t end) {
    while (at < end) {
      const std::size_t count = seed == 0 ? end - at : std::min(end - at, 1 + random.below(200));
      parts.append(count);
      at += count;
    }
  };
  for (const std::size_t place : places) {
    append_up_to(place);
    parts.park(after);
  }
  append_up_to(rows.rows());
  return parts.finish();
}

// In order; some more than once, some at an end.
std::vector<std::size_t> random_places(Random& random, std::size_t rows) {
  std::vector<std::size_t> places;
  for (std::uint64_t left = random.below(7); left > 0; --left) {
    places.push_back(random.below(5) == 0 ? (random.below(2) == 0 ? 0 : rows)
                                          : random.below(rows + 1));
  }
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<std::string> contradictions(ByteView file) {
  const Result<FileReader> reader = FileReader::open(file);
  EXPECT_TRUE(reader) << reader.error().message();
  const Verification found = verify(*reader);
  EXPECT_THAT(found.unread, testing::IsEmpty());
  return found.contradictions;
}

// The property, at places of a seed.
void expect_lives_do_not_show(const Schema& schema,
                              const WriterOptions& options,
                              const RowBatch& rows,
                              std::uint64_t seed) {
  SeededRandom random(seed);
  const std::vector<std::size_t> places = random_places(random, rows.rows());
  const Bytes one = file_in_parts(schema, options, rows, places, After::same_writer);
  for (const After after : {After::another_writer, After::another_after_lost_rows}) {
    ASSERT_EQ(file_in_parts(schema, options, rows, places, after), one);
  }
  ASSERT_EQ(file_in_parts(schema, options, rows, places, After::another_writer, seed + 1), one);
  if (options.sort_by.empty()) {
    ASSERT_NO_FATAL_FAILURE(expect_holds(one, rows));
  }
  ASSERT_THAT(contradictions(one), testing::IsEmpty());
}

TEST(ParkedFileWriter, LivesDoNotShowInAnyProfileAndPageVersion) {
  for (const std::string_view columns : {flat_columns, nested_columns}) {
    const Schema schema = schema_of(columns);
    std::uint64_t seed = 0;
    for (const WriterOptions& options : all_ways()) {
      for (int round = 0; round < 3; ++round) {
        ++seed;
        const RowBatch rows = random_rows(
            schema, seed, 1'100, {seed % 4 * 25, seed % 2 == 0 ? 6U : 5'000U, seed % 5});
        ASSERT_NO_FATAL_FAILURE(expect_lives_do_not_show(schema, options, rows, seed)) << seed;
      }
    }
  }
}

TEST(ParkedFileWriter, LivesDoNotShowWithAnyCodecAndEncoding) {
  const Schema schema = schema_of(flat_columns);
  std::uint64_t seed = 100;
  for (const Codec codec :
       {Codec::uncompressed, Codec::snappy, Codec::gzip, Codec::zstd, Codec::lz4_raw}) {
    for (const EncodingSet set : {EncodingSet::basic, EncodingSet::all}) {
      for (const bool dictionary : {true, false}) {
        ++seed;
        WriterOptions options = all_ways()[seed % 2];
        options.codec = codec;
        options.pages.compresses_everything = seed % 3 == 0;
        options.encodings.set = set;
        options.dictionary = dictionary;
        const RowBatch rows = random_rows(schema, seed, 900, {20, seed % 3 == 0 ? 4U : 800U});
        ASSERT_NO_FATAL_FAILURE(expect_lives_do_not_show(schema, options, rows, seed)) << seed;
      }
    }
  }
}

TEST(ParkedFileWriter, LivesDoNotShowInWhatHiveStores) {
  const Schema schema = schema_of("t timestamp, d decimal(7,2), l array<timestamp>, s string");
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    WriterOptions options = options_of(Profile::aws);
    options.page_rows_max = 90;
    const RowBatch rows = random_rows(schema, seed, 700, {20, 3'000});
    SeededRandom random(seed);
    const std::vector<std::size_t> places = random_places(random, rows.rows());
    const Bytes one = file_in_parts(schema, options, rows, places, After::same_writer);
    ASSERT_EQ(file_in_parts(schema, options, rows, places, After::another_writer), one);
    ASSERT_THAT(contradictions(one), testing::IsEmpty());
  }
}

TEST(ParkedFileWriter, LivesDoNotShowInBloomFiltersIndexesAndSmallRowGroups) {
  const Schema schema = schema_of("a bigint, s string, l array<string>, f double");
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    WriterOptions options;
    options.page_rows_max = 40;
    options.row_group_rows_max = seed % 2 == 0 ? 130 : 10'000;
    options.row_group_bytes_max = 9'000;
    options.bloom_filter_columns = {{"a"}, {"s"}, {"l"}, {"f"}};
    options.bloom_filter_bytes_max = 1 << 12;
    options.page_index = seed % 3 != 0;
    options.lanes = 1 + seed % 3;
    const RowBatch rows = random_rows(schema, seed, 1'000, {10, 400});
    ASSERT_NO_FATAL_FAILURE(expect_lives_do_not_show(schema, options, rows, seed)) << seed;
  }
}

TEST(ParkedFileWriter, SortedRunsEndWhereItIsParkedAndEachGroupSaysHowItIsSorted) {
  const Schema schema = schema_of("k int, s string");
  const RowBatch rows = random_rows(schema, 4, 2'000, {10, 90});
  WriterOptions options;
  options.page_rows_max = 100;
  options.sort_by = {{"k", true, true}, {"s"}};
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_lives_do_not_show(schema, options, rows, seed)) << seed;
  }
  const Bytes file = file_in_parts(schema, options, rows, {500, 1'300}, After::another_writer);
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  std::vector<std::int64_t> group_rows;
  for (const RowGroup& group : reader->metadata().row_groups) {
    group_rows.push_back(group.num_rows);
    ASSERT_EQ(group.sorting_columns.size(), 2U);
    EXPECT_TRUE(group.sorting_columns[0].descending);
    EXPECT_TRUE(group.sorting_columns[0].nulls_first);
    EXPECT_EQ(group.sorting_columns[1].column_idx, 1);
  }
  EXPECT_THAT(group_rows, testing::ElementsAre(500, 800, 700));
}

// A claim of order is of one row group, and does not outlive it.
TEST(ParkedFileWriter, AnOrderIsNotedOfTheRowGroupsThatHaveIt) {
  const Schema schema = schema_of("n int");
  RowBatch rows(schema);
  for (const int number : {1, 2, 3, 9, 8, 7, 5, 6, 5, 1, 2}) {
    rows.column(0).append_int32(number);
    rows.end_row();
  }
  WriterOptions options;
  options.note_order = true;
  for (const After after : {After::same_writer, After::another_writer}) {
    const Bytes file = file_in_parts(schema, options, rows, {3, 6, 9}, after);
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    std::string orders;
    for (const RowGroup& group : reader->metadata().row_groups) {
      const std::vector<SortingColumn>& claim = group.sorting_columns;
      orders += claim.empty() ? "none " : claim[0].descending ? "down " : "up ";
    }
    EXPECT_EQ(orders, "up down none up ");
    EXPECT_THAT(contradictions(file), testing::IsEmpty());
  }
}

TEST(ParkedFileWriter, ParkingWithoutNewRowsAddsNothing) {
  const Schema schema = schema_of("n int");
  const RowBatch rows = random_rows(schema, 1, 100, {});
  const Bytes once = file_in_parts(schema, {}, rows, {100}, After::another_writer);
  EXPECT_EQ(file_in_parts(schema, {}, rows, {0, 0, 100, 100, 100}, After::another_writer), once);
  // And where a row group ends anyhow nothing is to be seen of it.
  WriterOptions options;
  options.row_group_rows_max = 50;
  EXPECT_EQ(file_in_parts(schema, options, rows, {50, 100}, After::another_writer),
            file_in_parts(schema, options, rows, {}, After::same_writer));
}

TEST(ParkedFileWriter, AFileWithoutRowsCanBeParked) {
  const Schema schema = schema_of("n int");
  const Bytes file = file_in_parts(schema, {}, RowBatch(schema), {0}, After::another_writer);
  EXPECT_EQ(file, file_in_parts(schema, {}, RowBatch(schema), {}, After::same_writer));
  EXPECT_THAT(contradictions(file), testing::IsEmpty());
}

TEST(ParkedFileWriter, MetadataOfEveryLifeIsInTheFooter) {
  const Schema schema = schema_of("n int");
  const RowBatch rows = random_rows(schema, 1, 10, {});
  Parts parts(schema, {}, rows);
  parts.writer().add_metadata("first", "life");
  parts.append(10);
  parts.park(After::another_writer);
  const Bytes file = parts.finish();
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader);
  const std::vector<KeyValue>& pairs = reader->metadata().key_value_metadata;
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].value, "life");
  EXPECT_EQ(pairs[1].value, "words");
}

TEST(ParkedFileWriter, AFileThatIsFullStaysFull) {
  const Schema schema = schema_of("n bigint");
  const RowBatch rows = random_rows(schema, 1, 1'000, {});
  WriterOptions options;
  options.file_bytes_max = 1'000;
  MemorySink sink;
  FileWriter first(schema, options, sink);
  ASSERT_TRUE(first.begin_rows(rows));
  while (first.next_rows().value()) {
    ASSERT_TRUE(first.append_lane(0));
  }
  ASSERT_FALSE(first.is_full());
  const Result<Bytes> parked = first.park();
  ASSERT_TRUE(parked);
  ASSERT_TRUE(first.is_full());
  FileWriter second(schema, options, sink);
  ASSERT_TRUE(second.resume(*parked));
  EXPECT_TRUE(second.is_full());
  ASSERT_TRUE(second.begin_rows(rows));
  EXPECT_FALSE(second.next_rows().value());
  EXPECT_EQ(second.rows_taken(), 0U);
  ASSERT_TRUE(second.finish());
  EXPECT_NO_FATAL_FAILURE(expect_holds(sink.bytes(), rows));
}

TEST(ParkedFileWriter, OtherOptionsHoldForTheRowsToCome) {
  const Schema schema = schema_of("n bigint, s string");
  const RowBatch rows = random_rows(schema, 1, 600, {});
  MemorySink sink;
  FileWriter first(schema, options_of(Profile::compatible), sink);
  ASSERT_TRUE(first.append(rows));
  const Result<Bytes> parked = first.park();
  ASSERT_TRUE(parked);
  FileWriter second(schema, options_of(Profile::compact), sink);
  ASSERT_TRUE(second.resume(*parked));
  ASSERT_TRUE(second.append(rows));
  ASSERT_TRUE(second.finish());
  RowBatch both(schema);
  for (int i = 0; i < 2; ++i) {
    RowCopier(rows, both).copy(rows.rows());
  }
  EXPECT_NO_FATAL_FAILURE(expect_holds(sink.bytes(), both));
  EXPECT_THAT(contradictions(sink.bytes()), testing::IsEmpty());
}

TEST(ParkedFileWriter, RowsOfOtherColumnsAreRefusedAndTheFileIsFinished) {
  const Schema schema = schema_of("n int, s string");
  const RowBatch rows = random_rows(schema, 1, 600, {});
  Parts parts(schema, {}, rows);
  parts.append(600);
  parts.park(After::same_writer);
  const Bytes whole = parts.finish();
  const std::size_t kept = decode_parked(parts.state())->bytes;
  WriterOptions of_hive;
  of_hive.physical.root = "hive_schema";
  WriterOptions of_a_column_that_went;
  of_a_column_that_went.sort_by = {{"s"}};
  const std::pair<Schema, WriterOptions> others[] = {{schema_of("n bigint, s string"), {}},
                                                     {schema_of("n int"), {}},
                                                     {schema_of("n int, s string, x int"), {}},
                                                     {schema_of("n int, t string"), {}},
                                                     {schema_of("n int, s binary"), {}},
                                                     {schema_of("n int"), of_a_column_that_went},
                                                     {schema, of_hive},
                                                     {Schema(), {}}};
  for (const auto& [other, options] : others) {
    MemorySink sink;
    ASSERT_TRUE(sink.append(ByteView(whole).substr(0, kept)));
    FileWriter writer(other, options, sink);
    ASSERT_TRUE(writer.resume(parts.state()));
    EXPECT_FALSE(writer.takes_rows());
    const Result<void> refused = writer.append(RowBatch(other));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault(), Fault::conflict);
    EXPECT_EQ(writer.park(), parts.state());
    writer.add_metadata("last", "words");
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(sink.bytes(), whole);
  }
}

TEST(ParkedFileWriter, OptionsThatAreRefusedAreRefusedWhenItIsParked) {
  const Schema schema = schema_of("n int");
  WriterOptions options;
  options.sort_by = {{"m"}};
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  EXPECT_FALSE(writer.takes_rows());
  const Result<Bytes> parked = writer.park();
  ASSERT_FALSE(parked);
  EXPECT_EQ(parked.error().fault(), Fault::invalid);
}

TEST(ParkedFileWriter, ADamagedStateIsRefused) {
  const Schema schema = schema_of("n int");
  MemorySink sink;
  FileWriter writer(schema, {}, sink);
  const Result<void> resumed = writer.resume("no state");
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().fault(), Fault::corrupt);
}

}  // namespace

}  // namespace sluice::parquet
