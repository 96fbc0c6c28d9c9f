// What only the operating system's files have: modes, links, offsets it refuses, processes beside.
// The cases that every disk shares stand in file_system_test.cc.
#include "base/file_system.h"
#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PosixFileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-posix-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(std::string_view name) const { return join_path(folder_, name); }

  std::string folder_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFileSystemTest, NewFilesAndFoldersAreClosedToOthers) {
  ASSERT_TRUE(files_->create_directories(path("d")).has_value());
  ASSERT_TRUE(replace_file(*files_, path("d/a"), "x").has_value());
  struct stat status{};
  ASSERT_EQ(stat(path("d").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & S_IRWXO, 0U);
  ASSERT_EQ(stat(path("d/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & S_IRWXO, 0U);
}

TEST_F(PosixFileSystemTest, RefusedOffsetsAreErrorsThatNameThePlace) {
  const std::unique_ptr<File> file = files_->open(path("a"), OpenMode::create).value();
  constexpr std::uint64_t negative_for_the_kernel = std::numeric_limits<std::uint64_t>::max() - 9;
  Bytes out = "kept";
  const Result<void> was_read = file->read_at(negative_for_the_kernel, 4, out);
  ASSERT_FALSE(was_read.has_value());
  EXPECT_EQ(out, "kept");
  EXPECT_THAT(was_read.error().message(),
              AllOf(HasSubstr(path("a")), HasSubstr(std::to_string(negative_for_the_kernel))));
  EXPECT_FALSE(file->write_at(negative_for_the_kernel, "x").has_value());
  EXPECT_FALSE(file->truncate(negative_for_the_kernel).has_value());
  EXPECT_EQ(file->size().value(), 0U);
}

TEST_F(PosixFileSystemTest, ADeviceIsNoRegularFile) {
  const Result<std::unique_ptr<File>> device = files_->open("/dev/null", OpenMode::write);
  ASSERT_FALSE(device.has_value());
  EXPECT_THAT(device.error().message(), HasSubstr("/dev/null"));
}

TEST_F(PosixFileSystemTest, ALinkIsAFolderInNoListAndExistsEvenIfItDangles) {
  std::filesystem::create_directory(path("d"));
  std::filesystem::create_directory_symlink(path("d"), path("link"));
  std::filesystem::create_symlink(path("absent"), path("dangling"));
  for (const DirectoryEntry& entry : files_->list(folder_).value()) {
    EXPECT_EQ(entry.is_directory, entry.name == "d") << entry.name;
  }
  EXPECT_TRUE(files_->exists(path("dangling")));
  EXPECT_TRUE(files_->create_directories(path("link/inner")).has_value());
  EXPECT_TRUE(files_->exists(path("d/inner")));
}

TEST_F(PosixFileSystemTest, ReadsWhatAnotherProgramWrote) {
  std::ofstream(path("a")) << "from outside";
  EXPECT_EQ(read_file(*files_, path("a")).value(), "from outside");
}

TEST_F(PosixFileSystemTest, LargeFilesComeBack) {
  SeededRandom random(1);
  const Bytes bytes = random_alphanumeric(random, 5 << 20);
  ASSERT_TRUE(replace_file(*files_, path("a"), bytes).has_value());
  EXPECT_EQ(read_file(*files_, path("a")).value(), bytes);
}

TEST_F(PosixFileSystemTest, ReadersRunBesideAWriter) {
  const std::unique_ptr<File> file = files_->open(path("a"), OpenMode::create).value();
  constexpr std::size_t blocks = 200;
  const Bytes block(1000, 'x');
  std::jthread writer([&] {
    for (std::size_t i = 0; i < blocks; ++i) {
      EXPECT_TRUE(file->write_at(i * block.size(), block).has_value());
    }
  });
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      Bytes out;
      while (out.size() < blocks * block.size()) {
        out.clear();
        EXPECT_TRUE(file->read_at(0, blocks * block.size(), out).has_value());
      }
      EXPECT_EQ(out.find_first_not_of('x'), Bytes::npos);
    });
  }
}

TEST_F(PosixFileSystemTest, CreateDirectoriesWorksOnRelativePaths) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  EXPECT_TRUE(files_->create_directories("r/s").has_value());
  EXPECT_TRUE(replace_file(*files_, "t", "x").has_value());
  std::filesystem::current_path(before);
  EXPECT_TRUE(files_->exists(path("r/s")));
  EXPECT_EQ(read_file(*files_, path("t")).value(), "x");
}

TEST_F(PosixFileSystemTest, ThreadsMayCreateTheSameFolders) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(files_->create_directories(path("p/q" + std::to_string(n))).has_value());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(files_->list(path("p")).value().size(), 20U);
}

}  // namespace
}  // namespace sluice
