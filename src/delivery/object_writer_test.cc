// The three kinds of objects, read back.
#include "delivery/object_writer.h"

#include "base/memory_file_system.h"
#include "base/random.h"
#include "parquet/codec.h"
#include "parquet/file_reader.h"
#include "serde/naive_shredder.h"
#include "serde/random_json.h"
#include "serde/rows_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
    auto made = make_object_writer(request(kind));
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  WriterRequest request(ObjectKind kind, std::string path = "/spool/x") {
    return {kind, definition_, &schema_, files_, std::move(path), clock_, source_};
  }

  std::unique_ptr<ObjectWriter> resumed(const WriterRequest& request, const ParkedWriter& parked) {
    auto made = resume_object_writer(request, parked);
    EXPECT_TRUE(made) << made.error().message();
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

// alpha: hello, beta: world
Bytes hello_world_aggregate() {
  Bytes aggregate(
      "\xf3\x89\x9a\xc2\n\x05"
      "alpha\n\x04"
      "beta"
      "\x1a\x09\x08\0\x1a\x05hello\x1a\x09\x08\x01\x1a\x05world",
      39);
  for (const std::uint8_t byte : md5(ByteView(aggregate).substr(4))) {
    aggregate.push_back(static_cast<char>(byte));
  }
  return aggregate;
}

TEST_F(ObjectWriterTest, ADelimiterGoesBehindEachRecordAlsoWithinAggregates) {
  definition_.s3.processing = {true, {{"AppendDelimiterToRecord", {{"Delimiter", "\\r\\n"}}}}};
  const auto raw = writer(ObjectKind::data);
  ASSERT_TRUE(raw->append(shard, records({"a", "", hello_world_aggregate()}), rejected_));
  const auto parked = raw->park();
  ASSERT_TRUE(parked);
  const auto next = resumed(request(ObjectKind::data), *parked);
  ASSERT_TRUE(next->append(shard, records({"b\n"}), rejected_));
  ASSERT_TRUE(next->finish(facts()));
  EXPECT_EQ(content(), "a\r\n\r\nhello\r\nworld\r\nb\n\r\n");
}

TEST_F(ObjectWriterTest, AggregatesAreUnpacked) {
  const Bytes aggregate = hello_world_aggregate();
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

// Records of a table, in part the same again and again, in part what nothing makes smaller.
std::vector<std::string> record_texts(std::size_t count) {
  SeededRandom random(9);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back(fmt::format(R"({{"bpm":{},"id":"{:016x}{:016x}","watch":"watch-{}"}})",
                                60 + random.below(100),
                                random.next(),
                                random.next(),
                                random.below(50)));
  }
  return texts;
}

TEST_F(ObjectWriterTest, AWriterKnowsHowLargeItsObjectWillBe) {
  definition_.tags = {{"sluice:size-of", "object"}, {"sluice:buffer-size-kib", "8192"}};
  schema_.schema = columnar::parse_columns("bpm int, id string, watch string").value();
  const std::vector<std::string> texts = record_texts(60'000);
  for (const std::string format : {"UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "Parquet"}) {
    definition_.s3 = {};
    if (format == "Parquet") {
      convert();
    } else {
      definition_.s3.compression_format = format;
    }
    const auto made = make_object_writer(request(ObjectKind::data, "/spool/" + format));
    ASSERT_TRUE(made);
    std::vector<SourceRecord> records;
    for (const std::string& text : texts) {
      records.push_back({Ordinal{records.size() + 1}, unix_millis(1'000), text, "k"});
    }
    std::uint64_t before = 0;
    for (std::size_t from = 0; from < records.size(); from += 6'000) {
      ASSERT_TRUE((*made)->append(shard, std::span(records).subspan(from, 6'000), rejected_));
      const auto weight = (*made)->weigh();
      ASSERT_TRUE(weight);
      EXPECT_GT(*weight, before) << format;
      before = *weight;
    }
    const auto sealed = (*made)->finish(facts());
    ASSERT_TRUE(sealed);
    const auto bytes = static_cast<double>(sealed->bytes);
    EXPECT_NEAR(static_cast<double>(before), bytes, 0.03 * bytes) << format;
  }
}

// With row groups of little more than a batch, and parked on the way.
TEST_F(ObjectWriterTest, HelpersMakeTheSameObject) {
  schema_.schema = columnar::parse_columns("bpm int, id string, watch string").value();
  convert();
  definition_.s3.conversion->parquet.emplace().block_size_bytes = 1'000'000;
  std::vector<std::string> texts = record_texts(60'000);
  texts[20'000] = "no json";
  texts[40'000] = R"({"bpm":"no number"})";
  std::vector<SourceRecord> records;
  for (const std::string& text : texts) {
    records.push_back({Ordinal{records.size() + 1}, unix_millis(1'000), text, "k"});
  }
  Helpers helpers(2, "helper");
  std::vector<Sha256Digest> digests;
  std::vector<std::vector<std::uint32_t>> refused;
  for (const bool is_helped : {false, true}) {
    WriterRequest wanted = request(ObjectKind::data, is_helped ? "/spool/helped" : "/spool/alone");
    wanted.helpers = is_helped ? &helpers : nullptr;
    auto writer = make_object_writer(wanted).value();
    std::vector<std::uint32_t> indexes;
    for (std::size_t from = 0; from < records.size(); from += 3'000) {
      rejected_.clear();
      ASSERT_TRUE(writer->append(shard, std::span(records).subspan(from, 3'000), rejected_));
      for (const Rejected& rejected : rejected_) {
        indexes.push_back(static_cast<std::uint32_t>(from) + rejected.index);
      }
      if (from == 30'000) {
        const ParkedWriter parked = writer->park().value();
        EXPECT_GT(writer->weigh().value(), 0u);
        EXPECT_GT(writer->bytes_held(), 0u);
        writer = resume_object_writer(wanted, parked).value();
      }
    }
    digests.push_back(writer->finish(facts()).value().sha256);
    refused.push_back(indexes);
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(refused[0], (std::vector<std::uint32_t>{20'000, 40'000}));
  EXPECT_EQ(refused[1], refused[0]);
}

TEST_F(ObjectWriterTest, AWriterThatIsDroppedInMidWorkLeavesNothingRunning) {
  schema_.schema = columnar::parse_columns("bpm int, id string, watch string").value();
  convert();
  const std::vector<std::string> texts = record_texts(9'000);
  std::vector<SourceRecord> records;
  for (const std::string& text : texts) {
    records.push_back({Ordinal{records.size() + 1}, unix_millis(1'000), text, "k"});
  }
  Helpers helpers(1, "helper");
  for (int i = 0; i < 20; ++i) {
    WriterRequest wanted = request(ObjectKind::data, "/spool/dropped-" + std::to_string(i));
    wanted.helpers = &helpers;
    auto writer = make_object_writer(wanted).value();
    ASSERT_TRUE(writer->append(shard, records, rejected_));
  }
}

TEST_F(ObjectWriterTest, RefusedRecordsWeighWhatTheirLinesTake) {
  const auto errors = writer(ObjectKind::processing_failed);
  const Rejected reasons[] = {{0, {"Code", "why", ""}}};
  ASSERT_TRUE(errors->append_refused(shard, records({"text"}), reasons));
  const auto weight = errors->weigh();
  ASSERT_TRUE(weight);
  EXPECT_EQ(*weight, errors->finish(facts())->bytes);
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

// The kinds of objects, each with records that it takes.
enum class Form : std::uint8_t {
  raw,
  gzip,
  zip,
  snappy,
  hadoop_snappy,
  conversion_failed,
  processing_failed,
  parquet,
  parquet_v2
};

class ParkedWriterTest : public ObjectWriterTest, public testing::WithParamInterface<Form> {
 protected:
  ParkedWriterTest() {
    definition_.s3.compression_format = compression();
    if (GetParam() >= Form::conversion_failed) {
      convert();
    }
    if (GetParam() == Form::parquet_v2) {
      definition_.s3.conversion->parquet.emplace().writer_version = "V2";
    }
    for (int i = 0; i < 3'000; ++i) {
      texts_.push_back("{\"bpm\":" + std::to_string(i * 7) + "}\n");
    }
  }

  static std::string compression() {
    switch (GetParam()) {
      case Form::gzip:
        return "GZIP";
      case Form::zip:
        return "ZIP";
      case Form::snappy:
        return "Snappy";
      case Form::hadoop_snappy:
        return "HADOOP_SNAPPY";
      default:
        return "UNCOMPRESSED";
    }
  }

  ObjectKind kind() const {
    switch (GetParam()) {
      case Form::conversion_failed:
        return ObjectKind::format_conversion_failed;
      case Form::processing_failed:
        return ObjectKind::processing_failed;
      default:
        return ObjectKind::data;
    }
  }

  // Appends so many of the records from `first` on.
  void append(ObjectWriter& writer, std::size_t first, std::size_t count) {
    std::vector<SourceRecord> some;
    std::vector<Rejected> reasons;
    for (std::size_t i = first; i < first + count; ++i) {
      some.push_back({Ordinal{i + 1}, unix_millis(1'000), texts_[i], "k"});
      reasons.push_back({static_cast<std::uint32_t>(i - first), {"code", "why", ""}});
    }
    if (kind() == ObjectKind::data) {
      ASSERT_TRUE(writer.append(shard, some, rejected_));
    } else {
      ASSERT_TRUE(writer.append_refused(shard, some, reasons));
    }
    ASSERT_TRUE(rejected_.empty());
  }

  // All records, parked in front of each of `places`; with lives, each time another writer goes on
  // after a power cut, in which what the one before wrote behind is lost.
  SealedFile build(const std::string& path,
                   const std::vector<std::size_t>& places,
                   bool has_lives) {
    auto made = make_object_writer(request(kind(), path));
    EXPECT_TRUE(made);
    std::unique_ptr<ObjectWriter> writer = std::move(*made);
    std::size_t at = 0;
    for (const std::size_t place : places) {
      append(*writer, at, place - at);
      at = place;
      const auto parked = writer->park();
      EXPECT_TRUE(parked);
      if (has_lives) {
        append(*writer, at, std::min<std::size_t>(500, texts_.size() - at));
        writer.reset();
        files_.crash(random_);
        writer = resumed(request(kind(), path), *parked);
      }
    }
    append(*writer, at, texts_.size() - at);
    auto sealed = writer->finish(facts());
    EXPECT_TRUE(sealed);
    EXPECT_TRUE(writer->sync());
    return std::move(*sealed);
  }

  Bytes file(const std::string& path) {
    auto bytes = read_file(files_, path);
    EXPECT_TRUE(bytes);
    return std::move(*bytes);
  }

  SeededRandom random_{7};
  std::vector<std::string> texts_;
};

INSTANTIATE_TEST_SUITE_P(OfEveryForm,
                         ParkedWriterTest,
                         testing::Values(Form::raw,
                                         Form::gzip,
                                         Form::zip,
                                         Form::snappy,
                                         Form::hadoop_snappy,
                                         Form::conversion_failed,
                                         Form::processing_failed,
                                         Form::parquet,
                                         Form::parquet_v2));

TEST_P(ParkedWriterTest, AnObjectOfManyLivesIsTheOneOfASingleLife) {
  for (const std::vector<std::size_t>& places :
       {std::vector<std::size_t>{}, {0}, {1}, {1'000}, {3'000}, {0, 700, 700, 701, 2'999, 3'000}}) {
    const SealedFile one = build("/spool/one", places, false);
    const SealedFile many = build("/spool/many", places, true);
    EXPECT_EQ(many.bytes, one.bytes);
    EXPECT_EQ(many.rows, texts_.size());
    EXPECT_EQ(many.sha256, one.sha256);
    EXPECT_EQ(many.md5, one.md5);
    EXPECT_EQ(many.metadata, one.metadata);
    EXPECT_EQ(sha256(file("/spool/many")), many.sha256);
    EXPECT_EQ(file("/spool/many"), file("/spool/one"));
    ASSERT_TRUE(files_.remove("/spool/one"));
    ASSERT_TRUE(files_.remove("/spool/many"));
  }
}

TEST_P(ParkedWriterTest, RowsBehindTheParkedStateAreGivenUpInTheSameLife) {
  auto writer = make_object_writer(request(kind()));
  ASSERT_TRUE(writer);
  append(**writer, 0, 1'000);
  const auto parked = (*writer)->park();
  ASSERT_TRUE(parked);
  append(**writer, 1'000, 500);
  ASSERT_TRUE((*writer)->park());
  writer->reset();
  const auto again = resumed(request(kind()), *parked);
  append(*again, 1'000, 2'000);
  const auto sealed = again->finish(facts());
  ASSERT_TRUE(sealed);
  const SealedFile whole = build("/spool/whole", {1'000}, false);
  EXPECT_EQ(sealed->sha256, whole.sha256);
}

TEST_P(ParkedWriterTest, IsFinishedWhateverTheDefinitionNowSays) {
  const SealedFile whole = [&] {
    auto writer = make_object_writer(request(kind(), "/spool/whole"));
    append(**writer, 0, 2'000);
    EXPECT_TRUE((*writer)->park());
    return *(*writer)->finish(facts());
  }();
  auto writer = make_object_writer(request(kind()));
  ASSERT_TRUE(writer);
  append(**writer, 0, 2'000);
  const auto parked = (*writer)->park();
  ASSERT_TRUE(parked);
  writer->reset();
  const Bytes kept = file("/spool/x");

  DeliveryStream other = definition_;
  other.s3.conversion = definition_.s3.conversion.value_or(Conversion());
  other.s3.conversion->parquet.emplace().compression = ParquetCompression::gzip;
  other.s3.conversion->hive.emplace().timestamp_formats = {"no pattern {"};
  DeliveryStream bare;
  TableSchema wider{*columnar::parse_columns("bpm bigint, name string"), "2"};
  for (const DeliveryStream& definition : {definition_, other, bare}) {
    for (const TableSchema* schema : {static_cast<const TableSchema*>(&schema_),
                                      static_cast<const TableSchema*>(&wider),
                                      static_cast<const TableSchema*>(nullptr)}) {
      const auto sealed =
          resumed({kind(), definition, schema, files_, "/spool/x", clock_, source_}, *parked)
              ->finish(facts());
      ASSERT_TRUE(sealed) << sealed.error().message();
      EXPECT_EQ(sealed->sha256, whole.sha256);
      EXPECT_EQ(sealed->rows, 2'000U);
    }
  }
}

TEST_P(ParkedWriterTest, ADamagedStateOrSpoolFileIsRefused) {
  auto writer = make_object_writer(request(kind()));
  ASSERT_TRUE(writer);
  append(**writer, 0, 200);
  const auto parked = (*writer)->park();
  ASSERT_TRUE(parked);
  writer->reset();
  const auto fault_of = [&](const ParkedWriter& state) {
    const auto made = resume_object_writer(request(kind()), state);
    return made ? std::optional<Fault>() : made.error().fault();
  };
  ASSERT_EQ(fault_of(*parked), std::nullopt);
  for (std::size_t bit = 0; bit < 8 * parked->state.size(); bit += 1 + bit / 500) {
    ParkedWriter flipped = *parked;
    flipped.state[bit / 8] = static_cast<char>(flipped.state[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(fault_of(flipped), Fault::corrupt) << bit;
  }
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, parked->state.size() - 1}) {
    EXPECT_EQ(fault_of({parked->spool_bytes, parked->state.substr(0, bytes)}), Fault::corrupt);
  }
  EXPECT_EQ(fault_of({parked->spool_bytes - 1, parked->state}), Fault::corrupt);
  EXPECT_EQ(fault_of({parked->spool_bytes + 1, parked->state}), Fault::corrupt);
  const Bytes whole = file("/spool/x");
  ASSERT_EQ(whole.size(), parked->spool_bytes);
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    const Bytes other(1, static_cast<char>(whole[at] ^ 4));
    files_.corrupt("/spool/x", at, other);
    EXPECT_EQ(fault_of(*parked), Fault::corrupt) << at;
    files_.corrupt("/spool/x", at, ByteView(whole).substr(at, 1));
  }
  ASSERT_EQ(fault_of(*parked), std::nullopt);
  const ObjectKind other_kind =
      kind() == ObjectKind::data ? ObjectKind::format_conversion_failed : ObjectKind::data;
  EXPECT_FALSE(resume_object_writer(request(other_kind), *parked));
  ASSERT_TRUE(files_.remove("/spool/x"));
  EXPECT_EQ(fault_of(*parked), Fault::missing);
}

TEST_F(ObjectWriterTest, OtherColumnsThanThoseItWasParkedWithAreRefusedAndTheRestIsFinished) {
  convert();
  const auto parquet = writer(ObjectKind::data);
  ASSERT_TRUE(parquet->append(shard, records({"{\"bpm\":61}"}), rejected_));
  const auto parked = parquet->park();
  ASSERT_TRUE(parked);
  schema_.schema = *columnar::parse_columns("bpm bigint");
  const auto other = resumed(request(ObjectKind::data), *parked);
  const auto refused = other->append(shard, records({"{\"bpm\":62}"}), rejected_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault(), Fault::conflict);
  const auto sealed = other->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->rows, 1U);
  const Bytes bytes = content();
  const auto file = parquet::FileReader::open(ByteView(bytes));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->read_column(0, 0)->fixed<std::int32_t>()[0], 61);
}

TEST_F(ObjectWriterTest, ADefinitionThatConvertsNoMoreAddsNothingToWhatWasConverted) {
  convert();
  const auto parquet = writer(ObjectKind::data);
  ASSERT_TRUE(parquet->append(shard, records({"{\"bpm\":61}"}), rejected_));
  const auto parked = parquet->park();
  ASSERT_TRUE(parked);
  definition_.s3.conversion.reset();
  const auto other = resumed(request(ObjectKind::data), *parked);
  const auto refused = other->append(shard, records({"{\"bpm\":62}"}), rejected_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault(), Fault::conflict);
  EXPECT_TRUE(other->finish(facts()));
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

TEST_F(ObjectWriterTest, RawRecordsAreCompressedTogetherAndCountedAsTheyCame) {
  definition_.s3.compression_format = "GZIP";
  const auto raw = writer(ObjectKind::data);
  ASSERT_TRUE(raw->append(shard, records({"abc", "abc"}), rejected_));
  ASSERT_TRUE(raw->append(shard, records({"abc"}), rejected_));
  const auto sealed = raw->finish(facts());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(parquet::decompress(parquet::Codec::gzip, content(), 9).value(), "abcabcabc");
  EXPECT_EQ(sealed->rows, 3U);
  EXPECT_EQ(sealed->bytes, content().size());
  EXPECT_EQ(sealed->sha256, sha256(content()));
}

// So that one that rotted can be built again.
TEST_F(ObjectWriterTest, TheEntryOfAnArchiveIsNamedAfterItsFirstRecord) {
  definition_.s3.compression_format = "ZIP";
  const auto archive = [this](std::initializer_list<ByteView> texts, std::uint64_t first) {
    const auto raw = writer(ObjectKind::data);
    std::vector<SourceRecord> some = records(texts);
    some.front().ordinal = Ordinal{first};
    EXPECT_TRUE(raw->append(shard, some, rejected_));
    EXPECT_TRUE(raw->finish(facts()));
    Bytes bytes = content();
    EXPECT_TRUE(files_.remove("/spool/x"));
    return bytes;
  };
  const auto name = [](const Bytes& bytes) { return bytes.substr(30, 36); };
  const Bytes one = archive({"a", "b"}, 4);
  EXPECT_EQ(archive({"a", "b"}, 4), one);
  EXPECT_EQ(name(archive({"c"}, 4)), name(one));
  EXPECT_NE(name(archive({"a", "b"}, 5)), name(one));
}

TEST_F(ObjectWriterTest, ErrorLinesAreNotCompressed) {
  definition_.s3.compression_format = "GZIP";
  const auto errors = writer(ObjectKind::processing_failed);
  const std::vector<Rejected> reasons = {{0, {"code", "why", ""}}};
  ASSERT_TRUE(errors->append_refused(shard, records({"a"}), reasons));
  ASSERT_TRUE(errors->finish(facts()));
  EXPECT_TRUE(content().starts_with("{")) << content();
}

TEST_F(ObjectWriterTest, AnUnknownCompressionIsRefused) {
  definition_.s3.compression_format = "LZO";
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
