// Tests of cli/output_file.h, on a disk that can be full and can forget.
#include "cli/output_file.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() { EXPECT_TRUE(files_.create_directories("/out")); }

  std::size_t files_in_folder() { return files_.list("/out")->size(); }

  MemoryFileSystem files_;
  SeededRandom random_{1};
};

TEST_F(OutputFileTest, AppearsAtCommitAndSurvivesAPowerCut) {
  auto file = OutputFile::create(files_, random_, "/out/a");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("one"));
  ASSERT_TRUE((*file)->append("two"));
  EXPECT_EQ((*file)->bytes(), 6U);
  EXPECT_FALSE(files_.exists("/out/a"));
  ASSERT_TRUE((*file)->commit());
  files_.crash(random_);
  EXPECT_EQ(*read_file(files_, "/out/a"), "onetwo");
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(OutputFileTest, ReplacesAnOlderFileWhole) {
  ASSERT_TRUE(replace_file(files_, "/out/a", "old and longer"));
  auto file = OutputFile::create(files_, random_, "/out/a");
  ASSERT_TRUE((*file)->append("new"));
  EXPECT_EQ(*read_file(files_, "/out/a"), "old and longer");
  ASSERT_TRUE((*file)->commit());
  EXPECT_EQ(*read_file(files_, "/out/a"), "new");
}

TEST_F(OutputFileTest, LeavesNothingWithoutCommit) {
  {
    auto file = OutputFile::create(files_, random_, "/out/a");
  }
  EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(OutputFileTest, AFullDiskIsAnErrorAndLeavesNothing) {
  files_.set_capacity(1000);
  {
    auto file = OutputFile::create(files_, random_, "/out/a");
    ASSERT_TRUE((*file)->append(Bytes(2000, 'x')));
    EXPECT_EQ((*file)->commit().error().fault(), Fault::throttled);
  }
  EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(OutputFileTest, AFolderOrAMissingFolderIsRefusedByName) {
  const auto folder = OutputFile::create(files_, random_, "/out");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message(), "cannot write /out: it is a folder; name a file in it");
  const auto missing = OutputFile::create(files_, random_, "/nowhere/a");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find("cannot write /nowhere/a"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
