// Tests of cli/converted_files.h, on a disk in memory.
#include "cli/converted_files.h"

#include "base/memory_file_system.h"
#include "parquet/file_reader.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

std::string paths_or_reason(const std::vector<InputPath>& inputs) {
  const auto paths = paths_in_directory("out", inputs);
  if (!paths) {
    return paths.error().message();
  }
  std::string text;
  for (const std::string& path : paths->files) {
    text += path + " ";
  }
  return text;
}

TEST(ConvertedPaths, EachInputHasAFileOfItsName) {
  EXPECT_EQ(paths_or_reason({{"in/a.json", "a.json"}, {"b.ndjson.gz", "b.ndjson.gz"}, {"-", "-"}}),
            "out/a.parquet out/b.parquet out/stdin.parquet ");
  EXPECT_EQ(paths_or_reason({{"in/2025/a.jsonl", "2025/a.jsonl"}, {"in/v1.2", "v1.2"}}),
            "out/2025/a.parquet out/v1.2.parquet ");
}

TEST(ConvertedPaths, TwoInputsOfOneNameAreRefused) {
  EXPECT_EQ(paths_or_reason({{"x/a.json", "a.json"}, {"y/a.json.gz", "a.json.gz"}}),
            "x/a.json and y/a.json.gz would both become out/a.parquet; a pattern with ** keeps the "
            "folders");
}

class ConvertedFilesTest : public testing::Test {
 protected:
  ConvertedFilesTest() { EXPECT_TRUE(files_.create_directories("/out")); }

  ConvertedFiles of(ConvertedPaths paths) {
    return {files_, random_, {*columnar::parse_columns("n int"), {}, std::move(paths)}};
  }

  columnar::RowBatch rows(std::int32_t count) {
    columnar::RowBatch batch(*columnar::parse_columns("n int"));
    for (std::int32_t row = 0; row < count; ++row) {
      batch.column(0).append_int32(row);
      batch.end_row();
    }
    return batch;
  }

  std::int64_t rows_in(const std::string& path) {
    const auto bytes = read_file(files_, path);
    if (!bytes) {
      return -1;
    }
    const auto reader = parquet::FileReader::open(ByteView(*bytes));
    return reader ? reader->metadata().num_rows : -2;
  }

  MemoryFileSystem files_;
  SeededRandom random_{1};
};

TEST_F(ConvertedFilesTest, OneFileTakesAllTexts) {
  ConvertedFiles out = of({{"/out/all"}, false});
  ASSERT_TRUE(out.begin());
  for (const std::int32_t count : {3, 4}) {
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(out.append(rows(count)));
    ASSERT_TRUE(out.end_text());
  }
  ASSERT_TRUE(out.finish());
  EXPECT_EQ(rows_in("/out/all"), -1);
  ASSERT_TRUE(out.commit());
  EXPECT_EQ(rows_in("/out/all"), 7);
  EXPECT_EQ(out.count(), 1U);
  EXPECT_EQ(out.bytes(), read_file(files_, "/out/all")->size());
}

TEST_F(ConvertedFilesTest, EachTextHasItsFileAndFoldersAreMade) {
  ConvertedFiles out = of({{"/out/a", "/out/deep/er/b", "/out/c"}, true});
  ASSERT_TRUE(out.begin());
  for (const std::int32_t count : {3, 0, 4}) {
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(out.append(rows(count)));
    ASSERT_TRUE(out.end_text());
  }
  ASSERT_TRUE(out.finish());
  ASSERT_TRUE(out.commit());
  EXPECT_EQ(rows_in("/out/a"), 3);
  EXPECT_EQ(rows_in("/out/deep/er/b"), 0);
  EXPECT_EQ(rows_in("/out/c"), 4);
  EXPECT_EQ(out.count(), 3U);
}

TEST_F(ConvertedFilesTest, WithoutCommitNothingIsLeft) {
  {
    ConvertedFiles out = of({{"/out/a", "/out/b"}, true});
    ASSERT_TRUE(out.begin());
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(out.append(rows(3)));
    ASSERT_TRUE(out.end_text());
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(out.append(rows(3)));
  }
  EXPECT_TRUE(files_.list("/out")->empty());
}

TEST_F(ConvertedFilesTest, APlaceThatCannotBeWrittenIsKnownAtTheBeginning) {
  EXPECT_NE(of({{"/nowhere/a"}, false}).begin().error().message().find("/nowhere/a"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
