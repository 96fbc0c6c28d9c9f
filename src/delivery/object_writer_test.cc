// The three kinds of objects, read back.
#include "delivery/object_writer.h"

#include "base/memory_file_system.h"
#include "base/random.h"
#include "parquet/file_reader.h"
#include "serde/naive_shredder.h"
#include "serde/random_json.h"
#include "serde/rows_for_test.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

// Only names records.
class NamingSource final : public Source {
 public:
  Result<std::vector<Shard>> shards() override { return std::vector<Shard>(); }

  Result<SourceBatch> read(ShardKey, Ordinal, std::size_t) override { return SourceBatch(); }

  Result<Ordinal> end_of_damage(ShardKey, Ordinal from) override { return from; }

  Result<Ordinal> tip(ShardKey) override { return Ordinal{1}; }

  Result<Ordinal> first_at(ShardKey, UnixMillis) override { return Ordinal{1}; }

  void hold(ShardKey, Ordinal) override {}

  std::string sequence_number(ShardKey, Ordinal ordinal, UnixMillis) override {
    return "49" + std::to_string(ordinal.value);
  }

  void on_records(std::function<void()>) override {}
};

class ObjectWriterTest : public testing::Test {
 protected:
  static constexpr ShardKey shard{StreamIncarnation{0xab}, 2};

  ObjectWriterTest() {
    EXPECT_TRUE(files_.create_directories("/spool"));
    OrdinalSet ordinals;
    ordinals.add(Ordinal{4}, Ordinal{6});
    ordinals.add(Ordinal{9});
    positions_ = {{shard, ordinals}};
    const auto schema = columnar::parse_columns("bpm int");
    EXPECT_TRUE(schema);
    schema_ = {*schema, "1"};
  }

  void convert() {
    Conversion conversion;
    conversion.schema = SchemaReference{"arn:role", "1", "db", "t", "r", "LATEST"};
    definition_.s3.conversion = conversion;
  }

  std::unique_ptr<ObjectWriter> writer(ObjectKind kind) {
    auto made =
        make_object_writer({kind, definition_, &schema_, files_, "/spool/x", clock_, source_});
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  static std::vector<SourceRecord> records(std::initializer_list<ByteView> texts) {
    std::vector<SourceRecord> out;
    for (const ByteView text : texts) {
      out.push_back({Ordinal{out.size() + 4}, unix_millis(1'000), text, "k"});
    }
    return out;
  }

  SealFacts facts() const { return {PlanNumber{12}, "hr/0000000000000001", positions_}; }

  Bytes content() {
    auto bytes = read_file(files_, "/spool/x");
    EXPECT_TRUE(bytes);
    return std::move(*bytes);
  }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(2'000)};
  NamingSource source_;
  DeliveryStream definition_;
  TableSchema schema_;
  std::vector<ShardPositions> positions_;
  std::vector<Rejected> rejected_;
};

TEST_F(ObjectWriterTest, RawRecordsStandOneAfterTheOtherUntouched) {
  const auto raw = writer(ObjectKind::data);
  ASSERT_TRUE(raw->append(shard, records({"a\n", "", ByteView("\0b", 2)}), rejected_));
  ASSERT_TRUE(raw->append(shard, records({"c"}), rejected_));
  const auto sealed = raw->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(content(), Bytes("a\n\0bc", 5));
  EXPECT_EQ(sealed->bytes, 5U);
  EXPECT_EQ(sealed->rows, 4U);
  EXPECT_EQ(sealed->sha256, sha256(content()));
  EXPECT_EQ(sealed->md5, md5(content()));
  EXPECT_EQ(sealed->metadata.at("sluice-plan"), "12");
  EXPECT_EQ(sealed->metadata.at("sluice-delivery-stream"), "hr/0000000000000001");
  EXPECT_EQ(sealed->metadata.at("sluice-shards"), "00000000000000ab/2:4-9:4");
  EXPECT_EQ(sealed->metadata.at("sluice-positions"), positions_digest(positions_));
  EXPECT_TRUE(rejected_.empty());
}

TEST_F(ObjectWriterTest, AggregatesAreUnpacked) {
  // alpha: hello, beta: world
  Bytes aggregate(
      "\xf3\x89\x9a\xc2\n\x05"
      "alpha\n\x04"
      "beta"
      "\x1a\x09\x08\0\x1a\x05hello\x1a\x09\x08\x01\x1a\x05world",
      39);
  for (const std::uint8_t byte : md5(ByteView(aggregate).substr(4))) {
    aggregate.push_back(static_cast<char>(byte));
  }
  const auto raw = writer(ObjectKind::data);
  ASSERT_TRUE(raw->append(shard, records({"a", aggregate, "b"}), rejected_));
  const auto sealed = raw->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(content(), "ahelloworldb");
  EXPECT_EQ(sealed->rows, 3U);
}

TEST_F(ObjectWriterTest, ConvertedRecordsAreRowsAndRefusedOnesLeaveNoTrace) {
  convert();
  const auto parquet = writer(ObjectKind::data);
  ASSERT_TRUE(parquet->append(
      shard,
      records(
          {"{\"bpm\":61}", "{\"bpm\":62}{\"bpm\":\"x\"}", "not json", "{\"bpm\":63}{\"bpm\":64}"}),
      rejected_));
  ASSERT_EQ(rejected_.size(), 2U);
  EXPECT_EQ(rejected_[0].index, 1U);
  EXPECT_EQ(rejected_[0].why.code, "DataFormatConversion.MalformedData");
  EXPECT_EQ(rejected_[1].index, 2U);
  EXPECT_EQ(rejected_[1].why.code, "DataFormatConversion.ParseError");
  const auto sealed = parquet->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->rows, 3U);
  EXPECT_TRUE(sealed->metadata.empty());
  const Bytes bytes = content();
  EXPECT_EQ(sealed->bytes, bytes.size());
  EXPECT_EQ(sealed->sha256, sha256(bytes));
  const auto file = parquet::FileReader::open(bytes);
  ASSERT_TRUE(file) << file.error().message();
  const auto column = file->read_column(0, 0);
  ASSERT_TRUE(column);
  ASSERT_EQ(column->values(), 3U);
  EXPECT_EQ(column->fixed<std::int32_t>()[0], 61);
  EXPECT_EQ(column->fixed<std::int32_t>()[2], 64);
  EXPECT_NE(bytes.find("sluice.plan"), Bytes::npos);
  EXPECT_NE(bytes.find(positions_digest(positions_)), Bytes::npos);
}

TEST_F(ObjectWriterTest, TheSecondWriterVersionHasPagesAndEncodingsOfItsOwn) {
  convert();
  definition_.s3.conversion->parquet.emplace().writer_version = "V2";
  const auto parquet = writer(ObjectKind::data);
  Bytes text;
  for (int i = 0; i < 1'000; ++i) {
    text += "{\"bpm\":" + std::to_string(i * 1'000) + "}";
  }
  ASSERT_TRUE(parquet->append(shard, records({text}), rejected_));
  ASSERT_TRUE(parquet->finish(facts()));
  const Bytes bytes = content();
  const auto file = parquet::FileReader::open(ByteView(bytes));
  ASSERT_TRUE(file) << file.error().message();
  const auto& stats = file->metadata().row_groups[0].columns[0].meta_data.encoding_stats;
  ASSERT_EQ(stats.size(), 1U);
  EXPECT_EQ(stats[0].page_type, parquet::PageType::data_v2);
  EXPECT_EQ(stats[0].encoding, parquet::Encoding::delta_binary_packed);
  const auto column = file->read_column(0, 0);
  ASSERT_TRUE(column);
  EXPECT_EQ(column->fixed<std::int32_t>()[999], 999'000);
}

TEST_F(ObjectWriterTest, RefusedRecordsBecomeLinesOfTheErrorOutput) {
  convert();
  const auto errors = writer(ObjectKind::format_conversion_failed);
  const Rejected reasons[] = {{0, {"DataFormatConversion.ParseError", "broken", ""}},
                              {3, {"DataFormatConversion.MalformedData", "no int", "bpm"}}};
  ASSERT_TRUE(errors->append_refused(shard, records({"not json\n", ""}), reasons));
  const auto sealed = errors->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->rows, 2U);
  EXPECT_EQ(sealed->metadata.at("sluice-plan"), "12");
  const Bytes lines = content();
  EXPECT_TRUE(
      lines.starts_with("{\"attemptsMade\":1,\"arrivalTimestamp\":1000,"
                        "\"lastErrorCode\":\"DataFormatConversion.ParseError\","
                        "\"lastErrorMessage\":\"broken\",\"attemptEndingTimestamp\":2000,"
                        "\"rawData\":\"bm90IGpzb24K\",\"sequenceNumber\":\"494\","))
      << lines;
  EXPECT_NE(lines.find("\"rawData\":\"\",\"sequenceNumber\":\"495\""), Bytes::npos) << lines;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
}

// The rows of a whole object, as text.
std::string rows_text(ByteView object, const columnar::Schema& schema) {
  const auto reader = parquet::FileReader::open(object);
  EXPECT_TRUE(reader) << reader.error().message();
  std::string out;
  for (std::size_t group = 0; group < reader->metadata().row_groups.size(); ++group) {
    columnar::RowBatch batch(schema);
    for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
      auto column = reader->read_column(group, leaf);
      EXPECT_TRUE(column) << column.error().message();
      batch.column(leaf) = *std::move(column);
    }
    batch.end_rows(static_cast<std::size_t>(reader->metadata().row_groups[group].num_rows));
    out += serde::RowTexts::of(schema, batch);
  }
  return out;
}

// Random tables and records, through either SerDe into an object and back, against a shredder that
// knows no levels.
TEST_F(ObjectWriterTest, NestedRowsComeBackFromTheObject) {
  SeededRandom random(11);
  convert();
  for (int round = 0; round < 60; ++round) {
    const bool is_hive = round % 2 == 1;
    Conversion& conversion = *definition_.s3.conversion;
    conversion.hive = is_hive ? std::optional(serde::HiveOptions{{"millis"}}) : std::nullopt;
    schema_.schema =
        serde::random_schema(random, is_hive ? serde::Binary::without : serde::Binary::with);
    serde::NaiveShredder naive(schema_.schema, conversion.serde());
    std::vector<std::string> texts;
    std::vector<SourceRecord> records;
    std::string expected;
    std::size_t refused = 0;
    for (int index = 0; index < 60; ++index) {
      texts.push_back(serde::random_record(random, schema_.schema));
    }
    for (const std::string& text : texts) {
      records.push_back({Ordinal{records.size() + 1}, unix_millis(1'000), text, "k"});
      const auto rows = naive.rows(text);
      expected += rows.value_or("");
      refused += rows ? 0 : 1;
    }
    const std::string path = "/spool/" + std::to_string(round);
    auto made = make_object_writer(
        {ObjectKind::data, definition_, &schema_, files_, path, clock_, source_});
    ASSERT_TRUE(made) << made.error().message();
    rejected_.clear();
    ASSERT_TRUE((*made)->append(shard, records, rejected_));
    EXPECT_EQ(rejected_.size(), refused);
    ASSERT_TRUE((*made)->finish(facts()));
    const auto object = read_file(files_, path);
    ASSERT_TRUE(object);
    ASSERT_EQ(rows_text(*object, schema_.schema), expected);
  }
}

TEST_F(ObjectWriterTest, ManyShardsAreTooLongForMetadataAndStandInTheFooterOnly) {
  OrdinalSet one;
  one.add(Ordinal{1});
  positions_.clear();
  for (std::uint32_t i = 0; i < 100; ++i) {
    positions_.push_back({{StreamIncarnation{1}, i}, one});
  }
  const auto raw = writer(ObjectKind::data);
  const auto sealed = raw->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_FALSE(sealed->metadata.contains("sluice-shards"));
  EXPECT_TRUE(sealed->metadata.contains("sluice-positions"));
}

TEST_F(ObjectWriterTest, ACompressionThatIsNotOfferedIsRefused) {
  definition_.s3.compression_format = "ZIP";
  const auto made = make_object_writer(
      {ObjectKind::data, definition_, nullptr, files_, "/spool/x", clock_, source_});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::unsupported);
}

TEST(PositionsDigest, IsOfTheExactPositions) {
  OrdinalSet few;
  few.add(Ordinal{1}, Ordinal{3});
  OrdinalSet holed;
  holed.add(Ordinal{1});
  holed.add(Ordinal{3});
  const ShardKey key{StreamIncarnation{1}, 0};
  const std::vector<ShardPositions> a = {{key, few}};
  const std::vector<ShardPositions> b = {{key, holed}};
  EXPECT_EQ(positions_digest(a).size(), 64U);
  EXPECT_NE(positions_digest(a), positions_digest(b));
}

}  // namespace
}  // namespace sluice::delivery
