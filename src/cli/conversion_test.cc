// Tests of cli/conversion.h: lines in, the rows of the file out, read back by our own reader.
#include "cli/conversion.h"

#include "parquet/file_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace sluice::cli {
namespace {

class MemorySink final : public parquet::ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    bytes_ += bytes;
    return {};
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

struct Converted {
  ConversionCounts counts;
  Bytes file;
  std::vector<std::string> rejects;  // "3: reason's code"
};

Converted convert_text(const std::string& text,
                       const ConversionSettings& settings = {
                           *columnar::parse_columns("timestamp string, heart_rate int")}) {
  LineReader lines(
      [&text, at = std::size_t{0}](char* to, std::size_t count) mutable -> Result<std::size_t> {
        const std::size_t bytes = std::min(count, text.size() - at);
        std::memcpy(to, text.data() + at, bytes);
        at += bytes;
        return bytes;
      },
      {});
  MemorySink sink;
  Converted out;
  const auto counts = convert_lines(
      lines,
      settings,
      sink,
      [&out](const Line& line, const serde::Rejection& why) -> Result<void> {
        out.rejects.push_back(std::to_string(line.number) + ": " + why.code);
        return {};
      },
      [](std::uint64_t) {});
  EXPECT_TRUE(counts);
  out.counts = *counts;
  out.file = sink.bytes();
  EXPECT_EQ(out.counts.bytes_in, text.size());
  EXPECT_EQ(out.counts.bytes_out, out.file.size());
  return out;
}

std::vector<std::int32_t> rates_of(const Bytes& file) {
  const auto reader = parquet::FileReader::open(ByteView(file));
  EXPECT_TRUE(reader);
  std::vector<std::int32_t> out;
  for (std::size_t group = 0; group < reader->metadata().row_groups.size(); ++group) {
    const auto column = reader->read_column(group, 1);
    EXPECT_TRUE(column);
    const auto* values = column->fixed<std::int32_t>();
    out.insert(out.end(), values, values + column->values());
  }
  return out;
}

TEST(Conversion, EveryLineBecomesARow) {
  const Converted converted = convert_text(
      "{\"timestamp\": \"a\", \"heart_rate\": 80}\n"
      "{\"timestamp\": \"b\", \"heart_rate\": 81}\n");
  EXPECT_EQ(converted.counts.rows, 2U);
  EXPECT_EQ(rates_of(converted.file), (std::vector<std::int32_t>{80, 81}));
}

TEST(Conversion, CarriageReturnsBlankLinesAndAMissingLastNewlineAreTaken) {
  const Converted converted =
      convert_text("{\"heart_rate\": 1}\r\n\r\n  \n{\"heart_rate\": 2}\r\n{\"heart_rate\": 3}");
  EXPECT_EQ(converted.counts.lines, 3U);
  EXPECT_EQ(rates_of(converted.file), (std::vector<std::int32_t>{1, 2, 3}));
}

TEST(Conversion, AMalformedLineIsReportedByNumberAndTheOthersStay) {
  const Converted converted =
      convert_text("{\"heart_rate\": 1}\n{broken\n[1]\n{\"heart_rate\": 2}\n");
  EXPECT_EQ(converted.counts.rejected, 2U);
  ASSERT_EQ(converted.rejects.size(), 2U);
  EXPECT_TRUE(converted.rejects[0].starts_with("2: DataFormatConversion."));
  EXPECT_TRUE(converted.rejects[1].starts_with("3: "));
  EXPECT_EQ(rates_of(converted.file), (std::vector<std::int32_t>{1, 2}));
}

TEST(Conversion, AnEmptyTextGivesAFileWithoutRows) {
  const Converted converted = convert_text("");
  EXPECT_EQ(converted.counts.lines, 0U);
  const auto reader = parquet::FileReader::open(ByteView(converted.file));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->metadata().num_rows, 0);
  EXPECT_EQ(reader->schema().leaves.size(), 2U);
}

TEST(Conversion, KeysMatchWithoutRegardToCaseUnlessAskedTo) {
  const std::string text = "{\"Heart_Rate\": 7}\n";
  EXPECT_EQ(rates_of(convert_text(text).file), std::vector<std::int32_t>{7});
  ConversionSettings settings{*columnar::parse_columns("timestamp string, heart_rate int")};
  settings.is_case_sensitive = true;
  EXPECT_TRUE(rates_of(convert_text(text, settings).file).empty());
}

TEST(Conversion, ManyLinesGoThroughManyBatches) {
  constexpr int lines = 50'000;
  std::string text;
  std::vector<std::int32_t> expected;
  for (int line = 0; line < lines; ++line) {
    text += "{\"timestamp\": \"t\", \"heart_rate\": " + std::to_string(line) + "}\n";
    expected.push_back(line);
  }
  const Converted converted = convert_text(text);
  EXPECT_EQ(converted.counts.rows, static_cast<std::uint64_t>(lines));
  EXPECT_EQ(rates_of(converted.file), expected);
}

TEST(Conversion, ARejectRecordKeepsTheLineEvenWhenItIsNoText) {
  EXPECT_EQ(
      reject_record({"{\"a\r", 3, true, false}, {"Code", "why", "col"}),
      "{\"line\":3,\"code\":\"Code\",\"column\":\"col\",\"reason\":\"why\",\"text\":\"{\\\"a\"}\n");
  EXPECT_EQ(
      reject_record({"\xff", 4, true, false}, {"Code", "why", ""}),
      "{\"line\":4,\"code\":\"Code\",\"column\":\"\",\"reason\":\"why\",\"base64\":\"/w==\"}\n");
}

}  // namespace
}  // namespace sluice::cli
