// Tests of reading beats out of Parquet files, as `sluice convert` writes them.
#include "cli/beat_columns.h"

#include "cli/terminal_fixture.h"
#include "parquet/file_writer.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

class BeatColumnsTest : public testing::Test {
 protected:
  Result<RecordedBeats> beats_of(const std::string& schema, const std::string& lines) {
    const std::string path = folder_.path("beats.parquet");
    const Ran ran = run_program({"convert", folder_.write("in", lines), path, "--schema", schema});
    EXPECT_EQ(ran.code, ExitCode::ok) << ran.error;
    bytes_ = folder_.read("beats.parquet");
    SLUICE_TRY(reader, parquet::FileReader::open(ByteView(bytes_)));
    return read_beat_columns(reader);
  }

  TemporaryFolder folder_;
  Bytes bytes_;
};

constexpr const char* full_record =
    R"({"timestamp": "2025-07-13T15:55:19.123456", "heart_rate": 89, "rr_ms": [650.390625, 812.5],)"
    R"( "energy_kj": 12, "contact": true, "device_id": "a", "session_id": "s", "seq": 7})"
    "\n";

TEST_F(BeatColumnsTest, EveryFormOfAColumnGivesTheSameBeat) {
  const auto expected = heartrate::parse_beat(full_record);
  ASSERT_TRUE(expected);
  for (const char* types : {"timestamp string, heart_rate int, seq int",
                            "timestamp timestamp, heart_rate tinyint, seq bigint",
                            "timestamp varchar(40), heart_rate bigint, seq smallint"}) {
    const auto read = beats_of(std::string(types) +
                                   ", rr_ms string, energy_kj int, contact boolean, "
                                   "device_id string, session_id string, other double",
                               full_record);
    ASSERT_TRUE(read) << types << ": " << read.error().message();
    ASSERT_EQ(read->beats.size(), 1U) << read->refused_first_why;
    EXPECT_EQ(read->beats[0], *expected) << types;
  }
}

TEST_F(BeatColumnsTest, NullsAreMissing) {
  const auto read = beats_of("timestamp string, heart_rate int, rr_intervals string",
                             R"({"timestamp": "2025-07-13T15:55:19"}
{"timestamp": "2025-07-13T15:55:20", "heart_rate": 60, "rr_intervals": [1000, 990]}
)");
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->beats.size(), 2U);
  EXPECT_EQ(read->beats[0].heart_rate, std::nullopt);
  EXPECT_TRUE(read->beats[0].rr_ms.empty());
  EXPECT_EQ(read->beats[1].rr_ms, (std::vector<double>{1000, 990}));
}

// Keeps the file.
class MemorySink final : public parquet::ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    bytes_.append(bytes);
    return {};
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

TEST(BeatColumns, AListOfNumbersHoldsTheIntervals) {
  // Levels of an optional list of optional elements.
  constexpr std::uint8_t no_list = 0;
  constexpr std::uint8_t empty_list = 1;
  constexpr std::uint8_t no_element = 2;
  const auto schema =
      columnar::parse_columns("timestamp timestamp, heart_rate int, rr_ms array<double>");
  ASSERT_TRUE(schema);
  columnar::RowBatch batch(*schema);
  for (int row = 0; row < 4; ++row) {
    batch.column(0).append_int64(1'752'422'119'000'000 + row);
    batch.column(1).append_int32(60 + row);
    batch.end_row();
  }
  columnar::Column& intervals = batch.column(2);
  intervals.append_double(650.390625);
  intervals.append_null(no_element, 1);
  intervals.append_double(812.5, 1);
  intervals.append_null(no_list);
  intervals.append_null(empty_list);
  intervals.append_double(700);
  MemorySink file;
  parquet::FileWriter writer(*schema, {}, file);
  ASSERT_TRUE(writer.append(batch));
  ASSERT_TRUE(writer.finish());
  const auto reader = parquet::FileReader::open(ByteView(file.bytes()));
  ASSERT_TRUE(reader);
  const auto read = read_beat_columns(*reader);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->beats.size(), 4U);
  EXPECT_EQ(read->beats[0].rr_ms, (std::vector<double>{650.390625, 812.5}));
  EXPECT_TRUE(read->beats[1].rr_ms.empty());
  EXPECT_TRUE(read->beats[2].rr_ms.empty());
  EXPECT_EQ(read->beats[3].rr_ms, std::vector<double>{700});
  EXPECT_EQ(heartrate::to_text(read->beats[3].time), "2025-07-13T15:55:19.000003");
}

TEST_F(BeatColumnsTest, ARowThatIsNoBeatIsRefusedAlone) {
  const auto read = beats_of("timestamp string, heart_rate int, rr_ms string",
                             R"({"timestamp": "2025-07-13T15:55:19", "heart_rate": 60}
{"heart_rate": 61}
{"timestamp": "yesterday", "heart_rate": 62}
{"timestamp": "2025-07-13T15:55:20", "heart_rate": -1}
{"timestamp": "2025-07-13T15:55:20", "heart_rate": 63, "rr_ms": "[oops"}
{"timestamp": "2025-07-13T15:55:21", "heart_rate": 64}
)");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->beats.size(), 2U);
  EXPECT_EQ(read->refused, 4U);
  EXPECT_EQ(read->refused_first_why, "row 2: \"timestamp\" is missing");
}

TEST_F(BeatColumnsTest, AFileOfSomethingElseIsRefused) {
  struct Case {
    const char* schema;
    const char* says;
  };

  for (const Case& one : {Case{"a int", "no column \"timestamp\""},
                          Case{"timestamp string", "no column \"heart_rate\""},
                          Case{"timestamp string, heart_rate double", "\"heart_rate\" of integers"},
                          Case{"timestamp boolean, heart_rate int", "\"timestamp\" of times"}}) {
    const auto read = beats_of(one.schema, "{}");
    ASSERT_FALSE(read) << one.schema;
    EXPECT_EQ(read.error().fault(), Fault::unsupported);
    EXPECT_NE(read.error().message().find(one.says), std::string::npos) << read.error().message();
  }
}

}  // namespace
}  // namespace sluice::cli
