// Tests of cli/converted_files.h, on a disk in memory.
#include "cli/converted_files.h"

#include "base/memory_file_system.h"
#include "parquet/file_reader.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using Kind = ConvertedPaths::Kind;

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

  static Result<void> append(ConvertedFiles& out, const columnar::RowBatch& batch) {
    SLUICE_TRY_DO(out.begin_rows(batch));
    for (;;) {
      SLUICE_TRY(parts, out.next_parts());
      if (parts == 0) {
        return {};
      }
      for (std::size_t part = 0; part < parts; ++part) {
        SLUICE_TRY_DO(out.append_part(part));
      }
    }
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
  ConvertedFiles out = of({Kind::one, {"/out/all"}});
  ASSERT_TRUE(out.begin());
  for (const std::int32_t count : {3, 4}) {
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(append(out, rows(count)));
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
  ConvertedFiles out = of({Kind::one_for_each, {"/out/a", "/out/deep/er/b", "/out/c"}});
  ASSERT_TRUE(out.begin());
  for (const std::int32_t count : {3, 0, 4}) {
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(append(out, rows(count)));
    ASSERT_TRUE(out.end_text());
  }
  ASSERT_TRUE(out.finish());
  ASSERT_TRUE(out.commit());
  EXPECT_EQ(rows_in("/out/a"), 3);
  EXPECT_EQ(rows_in("/out/deep/er/b"), 0);
  EXPECT_EQ(rows_in("/out/c"), 4);
  EXPECT_EQ(out.count(), 3U);
}

TEST_F(ConvertedFilesTest, PartsAreCutByTheirBytesWhateverTheBatches) {
  std::string expected;
  for (const std::int32_t batch : {5000, 1700, 256, 77}) {
    const std::string folder = "/out/" + std::to_string(batch);
    ConvertedFiles::Settings settings{
        *columnar::parse_columns("n int"), {}, *paths_of_parts(files_, folder)};
    settings.writing.dictionary = false;
    settings.writing.row_group_rows_max = 1000;
    settings.writing.file_bytes_max = 6000;
    ConvertedFiles out(files_, random_, settings);
    ASSERT_TRUE(out.begin());
    std::int32_t next = 0;
    ASSERT_TRUE(out.begin_text());
    while (next < 5000) {
      columnar::RowBatch rows(settings.schema);
      for (std::int32_t row = 0; row < batch && next < 5000; ++row) {
        rows.column(0).append_int32(
            static_cast<std::int32_t>(static_cast<std::uint32_t>(next++) * 2'654'435'761U));
        rows.end_row();
      }
      ASSERT_TRUE(append(out, rows));
    }
    ASSERT_TRUE(out.end_text());
    ASSERT_TRUE(out.finish());
    ASSERT_TRUE(out.commit());
    std::string all;
    for (const DirectoryEntry& entry : *files_.list(folder)) {
      all += entry.name + *read_file(files_, join_path(folder, entry.name));
    }
    EXPECT_EQ(rows_in(folder + "/part-00000.parquet"), 2000);
    EXPECT_EQ(rows_in(folder + "/part-00001.parquet"), 2000);
    EXPECT_EQ(rows_in(folder + "/part-00002.parquet"), 1000);
    EXPECT_EQ(out.count(), 3U);
    EXPECT_TRUE(expected.empty() || all == expected) << batch;
    expected = all;
  }
  EXPECT_EQ(paths_of_parts(files_, "/out/77").error().message(),
            "/out/77 has parts already (part-00000.parquet): name another folder, or remove them");
}

TEST_F(ConvertedFilesTest, WithoutCommitNothingIsLeft) {
  {
    ConvertedFiles out = of({Kind::one_for_each, {"/out/a", "/out/b"}});
    ASSERT_TRUE(out.begin());
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(append(out, rows(3)));
    ASSERT_TRUE(out.end_text());
    ASSERT_TRUE(out.begin_text());
    ASSERT_TRUE(append(out, rows(3)));
  }
  EXPECT_TRUE(files_.list("/out")->empty());
}

TEST_F(ConvertedFilesTest, APlaceThatCannotBeWrittenIsKnownAtTheBeginning) {
  EXPECT_NE(of({Kind::one, {"/nowhere/a"}}).begin().error().message().find("/nowhere/a"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
