// Tests of cli/output_file.h, on a disk that can be full and can forget.
#include "cli/output_file.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

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

TEST_F(OutputFileTest, ASealedFileWaitsForItsCommit) {
  {
    auto kept = OutputFile::create(files_, random_, "/out/a");
    auto dropped = OutputFile::create(files_, random_, "/out/b");
    for (auto* file : {&kept, &dropped}) {
      ASSERT_TRUE((**file)->append("text"));
      ASSERT_TRUE((**file)->seal());
    }
    EXPECT_FALSE(files_.exists("/out/a"));
    ASSERT_TRUE((*kept)->commit());
  }
  EXPECT_EQ(*read_file(files_, "/out/a"), "text");
  EXPECT_EQ(files_in_folder(), 1U);
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

// The same on a real disk, where there are links, devices and permissions.
class OutputFileOnDisk : public testing::Test {
 protected:
  OutputFileOnDisk()
      : folder_(std::filesystem::temp_directory_path() /
                ("sluice-output-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }

  ~OutputFileOnDisk() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }

  Result<void> write(const std::string& to, ByteView text) {
    SLUICE_TRY(file, OutputFile::create(*files_, random_, to));
    SLUICE_TRY_DO(file->append(text));
    return file->commit();
  }

  std::filesystem::path folder_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  SeededRandom random_{1};
};

TEST_F(OutputFileOnDisk, ADeviceIsWrittenToAndStaysADevice) {
  ASSERT_TRUE(write("/dev/null", "text"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_FALSE(write("/dev/full", "text"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST_F(OutputFileOnDisk, ALinkStaysALinkAndItsFileIsReplaced) {
  ASSERT_TRUE(write(path("file"), "old"));
  std::filesystem::create_symlink("file", path("link"));
  ASSERT_TRUE(write(path("link"), "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(*read_file(*files_, path("file")), "new");
}

TEST_F(OutputFileOnDisk, AWriteProtectedFileIsRefused) {
  ASSERT_TRUE(write(path("file"), "old"));
  std::filesystem::permissions(path("file"), std::filesystem::perms::owner_read);
  const auto refused = write(path("file"), "new");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("write-protected"), std::string::npos);
  EXPECT_EQ(*read_file(*files_, path("file")), "old");
}

TEST_F(OutputFileOnDisk, ANewFileGetsWhatTheUserLetsNewFilesHave) {
  const mode_t before = ::umask(022);
  ASSERT_TRUE(write(path("file"), "text"));
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(path("file")).permissions(), std::filesystem::perms(0644));
  std::filesystem::permissions(path("file"), std::filesystem::perms(0600));
  ASSERT_TRUE(write(path("file"), "more"));
  EXPECT_EQ(std::filesystem::status(path("file")).permissions(), std::filesystem::perms(0600));
}

}  // namespace
}  // namespace sluice::cli
