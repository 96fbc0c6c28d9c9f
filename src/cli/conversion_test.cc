// Tests of cli/conversion.h: texts in, rows and rejects out.
#include "cli/conversion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

// Texts in memory.
class Texts final : public ConversionInput {
 public:
  explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  Result<bool> open_next() override {
    at_ = 0;
    return next_++ < texts_.size();
  }

  Result<std::size_t> read(char* to, std::size_t count) override {
    const std::string& text = texts_[next_ - 1];
    const std::size_t bytes = std::min(count, text.size() - at_);
    std::memcpy(to, text.data() + at_, bytes);
    at_ += bytes;
    bytes_read_ += bytes;
    return bytes;
  }

  std::uint64_t bytes_read() const override { return bytes_read_; }

 private:
  std::vector<std::string> texts_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
  std::uint64_t bytes_read_ = 0;
};

// Keeps the second column, an int or null, and what else comes.
class Rows final : public ConversionOutput {
 public:
  Result<void> begin_text() override {
    texts.emplace_back();
    return {};
  }

  Result<void> begin_rows(const columnar::RowBatch& rows) override {
    const columnar::Column& column = rows.column(1);
    std::size_t value = 0;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const auto& levels = column.definition_levels();
      const bool is_null = !levels.empty() && levels[row] == 0;
      texts.back().push_back(is_null ? -1 : column.fixed<std::int32_t>()[value++]);
    }
    batch_rows_most = std::max(batch_rows_most, rows.rows());
    steps_left_ = 2;
    return {};
  }

  // Two parts, and two more.
  Result<std::size_t> next_parts() override {
    EXPECT_EQ(parts_done_.exchange(0), steps_left_ == 2 ? 0 : 2);
    return steps_left_-- > 0 ? 2 : 0;
  }

  Result<void> append_part(std::size_t part) override {
    EXPECT_LT(part, 2U);
    ++parts_done_;
    return {};
  }

  Result<void> reject(const RejectedLine& line, const serde::Rejection& why) override {
    if (rejects.size() == rejects_max) {
      return fail(Fault::throttled, "full");
    }
    rejects.push_back(std::to_string(line.text) + ":" + std::to_string(line.number) + ": " +
                      why.code + " " + std::string(line.line.substr(0, 20)));
    return {};
  }

  Result<void> end_text() override {
    ++ended;
    return {};
  }

  void progress(std::uint64_t bytes) override {
    EXPECT_GE(bytes, bytes_read);
    bytes_read = bytes;
  }

  std::vector<std::vector<std::int32_t>> texts;
  std::vector<std::string> rejects;
  std::size_t rejects_max = std::numeric_limits<std::size_t>::max();
  std::size_t ended = 0;
  std::size_t batch_rows_most = 0;
  std::uint64_t bytes_read = 0;

 private:
  int steps_left_ = 0;
  std::atomic<int> parts_done_{0};
};

ConversionSettings settings_of(const char* columns = "timestamp string, heart_rate int") {
  ConversionSettings settings;
  settings.schema = *columnar::parse_columns(columns);
  return settings;
}

struct Converted {
  ConversionCounts counts;
  std::vector<std::vector<std::int32_t>> texts;
  std::vector<std::string> rejects;
};

Converted convert(const std::vector<std::string>& texts,
                  const ConversionSettings& settings = settings_of()) {
  Texts input(texts);
  Rows rows;
  const auto counts = convert_texts(settings, input, rows);
  EXPECT_TRUE(counts);
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
  }
  EXPECT_EQ(counts->bytes_in, bytes);
  EXPECT_EQ(rows.bytes_read, bytes);
  EXPECT_EQ(rows.ended, texts.size());
  return {*counts, rows.texts, rows.rejects};
}

using Values = std::vector<std::vector<std::int32_t>>;

TEST(Conversion, EveryLineBecomesARow) {
  const Converted converted =
      convert({"{\"timestamp\": \"a\", \"heart_rate\": 80}\n"
               "{\"timestamp\": \"b\", \"heart_rate\": 81}\n"});
  EXPECT_EQ(converted.counts.rows, 2U);
  EXPECT_EQ(converted.texts, (Values{{80, 81}}));
}

TEST(Conversion, CarriageReturnsBlankLinesAndAMissingLastNewlineAreTaken) {
  const Converted converted =
      convert({"{\"heart_rate\": 1}\r\n\r\n  \n{\"heart_rate\": 2}\r\n{\"heart_rate\": 3}"});
  EXPECT_EQ(converted.counts.lines, 3U);
  EXPECT_EQ(converted.texts, (Values{{1, 2, 3}}));
}

TEST(Conversion, AMalformedLineIsReportedByNumberAndTheOthersStay) {
  const Converted converted =
      convert({"{\"heart_rate\": 1}\n\n{broken\n[1]\n{\"heart_rate\": 2}\n"});
  EXPECT_EQ(converted.counts.rejected, 2U);
  ASSERT_EQ(converted.rejects.size(), 2U);
  EXPECT_EQ(converted.rejects[0], "0:3: DataFormatConversion.ParseError {broken");
  EXPECT_EQ(converted.rejects[1], "0:4: DataFormatConversion.MalformedData [1]");
  EXPECT_EQ(converted.texts, (Values{{1, 2}}));
}

TEST(Conversion, TextsComeOneAfterTheOtherAndCountTheirLinesThemselves) {
  const Converted converted =
      convert({"{\"heart_rate\": 1}\n{no", "", "{\"heart_rate\": 2}\n", "\n{no\n"});
  EXPECT_EQ(converted.texts, (Values{{1}, {}, {2}, {}}));
  EXPECT_EQ(converted.rejects,
            (std::vector<std::string>{"0:2: DataFormatConversion.ParseError {no",
                                      "3:2: DataFormatConversion.ParseError {no"}));
}

TEST(Conversion, KeysMatchWithoutRegardToCaseUnlessAskedTo) {
  const std::string text = "{\"Heart_Rate\": 7}\n";
  EXPECT_EQ(convert({text}).texts, (Values{{7}}));
  ConversionSettings settings = settings_of();
  settings.serde = serde::OpenXOptions{.case_insensitive = false};
  EXPECT_EQ(convert({text}, settings).texts, (Values{{-1}}));
}

// Lines of different shapes, lengths and kinds, some of them broken or blank.
std::string mixed_text(std::size_t lines) {
  std::string text;
  for (std::size_t line = 0; line < lines; ++line) {
    const std::string rate = std::to_string(line);
    if (line % 97 == 13) {
      text += "{\"heart_rate\": " + rate + "\n";
    } else if (line % 61 == 7) {
      text += "\r\n";
    } else if (line % 5 == 0) {
      text += "{\"heart_rate\": " + rate + ", \"timestamp\": \"" + std::string(line % 50, 't') +
              "\"}\n";
    } else {
      text += "{\"timestamp\": \"t\", \"heart_rate\": " + rate + "}\n";
    }
  }
  return text;
}

TEST(Conversion, ThreadsAndBlocksChangeNothing) {
  const std::vector<std::string> texts = {mixed_text(20'000), mixed_text(3), "", mixed_text(5000)};
  const Converted expected = convert(texts);
  EXPECT_EQ(expected.counts.rejected, 207U + 52U);
  for (const std::size_t threads : {1U, 2U, 5U}) {
    for (const std::size_t block_bytes : {64U, 1000U, 70'000U}) {
      ConversionSettings settings = settings_of();
      settings.threads = threads;
      settings.blocks.block_bytes = block_bytes;
      const Converted converted = convert(texts, settings);
      EXPECT_EQ(converted.texts, expected.texts) << threads << " " << block_bytes;
      EXPECT_EQ(converted.rejects, expected.rejects) << threads << " " << block_bytes;
      EXPECT_EQ(converted.counts.lines, expected.counts.lines);
    }
  }
}

TEST(Conversion, ALineThatIsTooLongIsRejectedAndTheNextIsNot) {
  ConversionSettings settings = settings_of();
  settings.blocks = {64, 128};
  const std::string long_line =
      "{\"heart_rate\": 1, \"timestamp\": \"" + std::string(300, 'x') + "\"}\n";
  const std::string longer_than_a_block =
      "{\"heart_rate\": 2, \"timestamp\": \"" + std::string(70, 'x') + "\"}\n";
  const Converted converted =
      convert({long_line + longer_than_a_block + "{\"heart_rate\": 3}"}, settings);
  EXPECT_EQ(converted.texts, (Values{{2, 3}}));
  EXPECT_EQ(
      converted.rejects,
      std::vector<std::string>{"0:1: DataFormatConversion.ParseError {\"heart_rate\": 1, \"t"});
}

// Few bytes of text may be many of rows.
TEST(Conversion, BatchesStaySmallWhenRowsAreWide) {
  std::string columns = "a int, heart_rate int";
  for (int column = 0; column < 2000; ++column) {
    columns += ", c" + std::to_string(column) + " string";
  }
  std::string text;
  for (int line = 0; line < 5000; ++line) {
    text += "{}\n";
  }
  Texts input({text});
  Rows rows;
  const auto counts = convert_texts(settings_of(columns.c_str()), input, rows);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->rows, 5000U);
  EXPECT_LE(rows.batch_rows_most, 2000U);
}

TEST(Conversion, AnErrorOfTheOutputEndsIt) {
  for (const std::size_t threads : {1U, 4U}) {
    Texts input({mixed_text(20'000)});
    Rows rows;
    rows.rejects_max = 3;
    ConversionSettings settings = settings_of();
    settings.threads = threads;
    settings.blocks.block_bytes = 1000;
    const auto counts = convert_texts(settings, input, rows);
    ASSERT_FALSE(counts);
    EXPECT_EQ(counts.error().message(), "full");
    EXPECT_EQ(rows.rejects.size(), 3U);
  }
}

TEST(Conversion, ARejectRecordKeepsTheLineEvenWhenItIsNoText) {
  EXPECT_EQ(reject_record("in", {0, 3, "{\"a\r"}, {"Code", "why", "col"}),
            "{\"input\":\"in\",\"line\":3,\"code\":\"Code\",\"column\":\"col\",\"reason\":\"why\","
            "\"text\":\"{\\\"a\"}\n");
  EXPECT_EQ(reject_record("in", {0, 4, "\xff"}, {"Code", "why", ""}),
            "{\"input\":\"in\",\"line\":4,\"code\":\"Code\",\"column\":\"\",\"reason\":\"why\","
            "\"base64\":\"/w==\"}\n");
}

}  // namespace
}  // namespace sluice::cli
