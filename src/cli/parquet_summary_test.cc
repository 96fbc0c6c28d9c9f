// Tests of cli/parquet_summary.h, on files of our own writer.
#include "cli/parquet_summary.h"

#include "cli/quantity.h"
#include "columnar/column.h"
#include "json/document.h"
#include "parquet/file_writer.h"

#include <gtest/gtest.h>

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

// Rows of (text, number), the number null where it is negative.
Bytes file_of(const std::vector<std::pair<std::string, int>>& rows,
              std::size_t group_rows,
              parquet::WriterOptions options = {}) {
  const columnar::Schema schema = *columnar::parse_columns("timestamp string, heart_rate int");
  MemorySink sink;
  options.row_group_rows_max = group_rows;
  parquet::FileWriter writer(schema, options, sink);
  columnar::RowBatch batch(schema);
  for (const auto& [text, number] : rows) {
    batch.column(0).append_bytes(text);
    if (number < 0) {
      batch.column(1).append_null();
    } else {
      batch.column(1).append_int32(number);
    }
    batch.end_row();
  }
  writer.add_metadata("note", "a\033[31mb");
  EXPECT_TRUE(writer.append(batch));
  EXPECT_TRUE(writer.finish());
  return sink.bytes();
}

ParquetSummary summary_of(const Bytes& file) {
  const auto reader = parquet::FileReader::open(ByteView(file));
  EXPECT_TRUE(reader);
  auto summary = summarize(*reader);
  EXPECT_TRUE(summary);
  return std::move(*summary);
}

TEST(ParquetSummary, GathersOverRowGroups) {
  const Bytes file = file_of({{"b", 80}, {"a", 90}, {"d", -1}, {"c", 70}}, 1);
  const ParquetSummary summary = summary_of(file);
  EXPECT_EQ(summary.rows, 4);
  EXPECT_EQ(summary.file_bytes, file.size());
  EXPECT_EQ(summary.row_groups.size(), 4U);
  ASSERT_EQ(summary.columns.size(), 2U);
  const ColumnSummary& rate = summary.columns[1];
  EXPECT_EQ(rate.path, "heart_rate");
  EXPECT_EQ(rate.values, 4);
  EXPECT_EQ(rate.nulls, 1);
  EXPECT_EQ(rate.min, "70");
  EXPECT_EQ(rate.max, "90");
  EXPECT_EQ(rate.data_pages, 4);
  EXPECT_EQ(rate.page_encodings, (std::vector<std::pair<std::string, std::int64_t>>{{"PLAIN", 4}}));
  EXPECT_TRUE(rate.has_column_index);
  EXPECT_FALSE(rate.has_bloom_filter);
  EXPECT_EQ(summary.columns[0].max, "\"d\"");
  EXPECT_EQ(summary.schema[1].type, "int32");
  EXPECT_EQ(summary.schema[1].physical, "INT32");
  EXPECT_EQ(summary.schema[0].repetition, "OPTIONAL");
}

TEST(ParquetSummary, SaysHowTheValuesOfAColumnAreEncoded) {
  std::vector<std::pair<std::string, int>> rows;
  for (int row = 0; row < 2'000; ++row) {
    rows.emplace_back("beat-" + std::to_string(row * 7'919), 60 + row % 7);
  }
  const ParquetSummary summary = summary_of(file_of(rows, 1'000));
  EXPECT_EQ(summary.columns[1].page_encodings,
            (std::vector<std::pair<std::string, std::int64_t>>{{"RLE_DICTIONARY", 2}}));
  const std::string text = to_text(summary, "x.parquet", Paint(false));
  EXPECT_NE(text.find("heart_rate  RLE_DICTIONARY  "), std::string::npos)
      << "the dictionary's own PLAIN is not the values'\n"
      << text;
  EXPECT_NE(text.find("timestamp   PLAIN  "), std::string::npos) << text;
  std::string out;
  json::Writer writer(out);
  to_json(summary, "x.parquet", nullptr, writer);
  EXPECT_NE(out.find(R"("pages_by_encoding":{"RLE_DICTIONARY":2})"), std::string::npos) << out;
}

TEST(ParquetSummary, ShowsOrderAndFilters) {
  parquet::WriterOptions options;
  options.sort_by = {{"heart_rate", true, true}, {"timestamp"}};
  options.bloom_filter_columns = {{"timestamp"}};
  const ParquetSummary summary =
      summary_of(file_of({{"b", 80}, {"a", 90}, {"d", -1}, {"c", 70}}, 2, options));
  ASSERT_EQ(summary.row_groups.size(), 2U);
  const std::vector<SortingSummary> order = {{"heart_rate", true, true}, {"timestamp"}};
  EXPECT_EQ(summary.row_groups[1].sorted_by, order);
  EXPECT_TRUE(summary.columns[0].has_bloom_filter);
  EXPECT_EQ(summary.columns[0].bloom_filter_bytes, 2 * (15 + 32));
  EXPECT_EQ(summary.columns[1].bloom_filter_bytes, 0);
  const std::string text = to_text(summary, "x", Paint(false));
  EXPECT_NE(text.find("  each row group sorted by heart_rate desc nulls first, timestamp\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("page index, bloom"), std::string::npos);
  std::string out;
  json::Writer writer(out);
  to_json(summary, "x", nullptr, writer);
  EXPECT_NE(
      out.find(
          R"("sorted_by":[{"column":"heart_rate","descending":true,"nulls_first":true},{"column":"timestamp",)"),
      std::string::npos)
      << out;
}

TEST(ParquetSummary, AFileWithoutRowsHasASchemaAndNoTables) {
  const ParquetSummary summary = summary_of(file_of({}, 10));
  EXPECT_EQ(summary.rows, 0);
  EXPECT_EQ(summary.schema.size(), 2U);
  const std::string text = to_text(summary, "empty.parquet", Paint(false));
  EXPECT_NE(text.find("0 rows"), std::string::npos);
  EXPECT_EQ(text.find("ENCODINGS"), std::string::npos);
}

TEST(ParquetSummary, TheTextStaysWithin80ColumnsAndSteersNoTerminal) {
  std::vector<std::pair<std::string, int>> rows;
  for (int row = 0; row < 2000; ++row) {
    rows.emplace_back("2025-07-13T15:55:19.123456" + std::to_string(row), row % 200);
  }
  const std::string text =
      to_text(summary_of(file_of(rows, 1000)), "part-00000000.parquet", Paint(false));
  EXPECT_EQ(text.find('\033'), std::string::npos);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(display_width(text.substr(begin, end - begin)), 80U)
        << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(ParquetSummary, TheJsonHasTheSame) {
  std::string out;
  json::Writer writer(out);
  to_json(summary_of(file_of({{"a", 5}, {"b", -1}}, 10)), "x.parquet", nullptr, writer);
  const auto document = json::Document::parse(out);
  ASSERT_TRUE(document) << out;
  const json::View root = document->root();
  EXPECT_EQ(root.find("rows").as_int64(), 2);
  EXPECT_EQ(root.find("columns").size(), 2U);
  EXPECT_EQ(root.find("row_groups").size(), 1U);
  EXPECT_EQ(root.find("metadata").find("note").as_string(), "a\033[31mb");
}

}  // namespace
}  // namespace sluice::cli
