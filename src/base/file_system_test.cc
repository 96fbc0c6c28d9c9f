// What every disk does alike: the same cases against the operating system and against memory, and
// the functions that work on whole files and on paths.
#include "base/file_system.h"

#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

enum class Disk { posix, memory };

class EveryFileSystem : public testing::TestWithParam<Disk> {
 protected:
  void SetUp() override {
    if (GetParam() == Disk::memory) {
      files_ = std::make_unique<MemoryFileSystem>();
      folder_ = "/data";
      ASSERT_TRUE(files_->create_directories(folder_).has_value());
      return;
    }
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-files-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    files_ = make_posix_file_system();
  }

  void TearDown() override {
    if (GetParam() == Disk::posix) {
      std::filesystem::remove_all(folder_);
    }
  }

  std::string path(std::string_view name) const { return join_path(folder_, name); }

  std::unique_ptr<File> must_open(std::string_view name, OpenMode mode) {
    Result<std::unique_ptr<File>> file = files_->open(path(name), mode);
    EXPECT_TRUE(file.has_value()) << file.error().message();
    return *std::move(file);
  }

  void put(std::string_view name, ByteView bytes) {
    const std::unique_ptr<File> file = must_open(name, OpenMode::create);
    ASSERT_TRUE(file->write_at(0, bytes).has_value());
  }

  Bytes content(std::string_view name) {
    Result<Bytes> bytes = read_file(*files_, path(name));
    EXPECT_TRUE(bytes.has_value()) << bytes.error().message();
    return *std::move(bytes);
  }

  std::vector<std::string> names(std::string_view folder) const {
    std::vector<std::string> found;
    for (const DirectoryEntry& entry : files_->list(path(folder)).value()) {
      found.push_back(entry.name + (entry.is_directory ? "/" : ""));
    }
    return found;
  }

  std::string folder_;
  std::unique_ptr<FileSystem> files_;
};

INSTANTIATE_TEST_SUITE_P(Disks,
                         EveryFileSystem,
                         testing::Values(Disk::posix, Disk::memory),
                         [](const auto& tested) {
                           return tested.param == Disk::posix ? "posix" : "memory";
                         });

TEST_P(EveryFileSystem, ReadsBackWhatWasWritten) {
  const std::unique_ptr<File> file = must_open("a", OpenMode::create);
  ASSERT_TRUE(file->write_at(0, "hello").has_value());
  ASSERT_TRUE(file->write_at(3, "p me").has_value());
  Bytes out = ">";
  ASSERT_TRUE(file->read_at(1, 4, out).has_value());
  EXPECT_EQ(out, ">elp ");
  EXPECT_EQ(file->size().value(), 7U);
  EXPECT_TRUE(file->sync().has_value());
  EXPECT_EQ(content("a"), "help me");
}

TEST_P(EveryFileSystem, AReadPastTheEndIsShort) {
  put("a", "12345");
  const std::unique_ptr<File> file = must_open("a", OpenMode::read);
  Bytes out;
  ASSERT_TRUE(file->read_at(3, 100, out).has_value());
  EXPECT_EQ(out, "45");
  ASSERT_TRUE(file->read_at(5, 1, out).has_value());
  ASSERT_TRUE(file->read_at(1000, 10, out).has_value());
  ASSERT_TRUE(file->read_at(0, 0, out).has_value());
  EXPECT_EQ(out, "45");
}

TEST_P(EveryFileSystem, TheDigestOfAFileIsThatOfAllItsBytes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, (std::size_t{2} << 20) + 1}) {
    const std::string name = std::to_string(size);
    put(name, Bytes(size, 'x'));
    EXPECT_EQ(sha256_of(*must_open(name, OpenMode::read)).value(), sha256(Bytes(size, 'x')));
  }
}

TEST_P(EveryFileSystem, AGapReadsAsZeros) {
  const std::unique_ptr<File> file = must_open("a", OpenMode::create);
  ASSERT_TRUE(file->write_at(3, "x").has_value());
  EXPECT_EQ(content("a"), ByteView("\0\0\0x", 4));
}

TEST_P(EveryFileSystem, TruncateCutsAndExtends) {
  put("a", "12345");
  const std::unique_ptr<File> file = must_open("a", OpenMode::write);
  ASSERT_TRUE(file->truncate(2).has_value());
  EXPECT_EQ(content("a"), "12");
  ASSERT_TRUE(file->truncate(4).has_value());
  EXPECT_EQ(content("a"), ByteView("12\0\0", 4));
}

TEST_P(EveryFileSystem, OpenModesSayWhatMustAndMustNotExist) {
  EXPECT_EQ(files_->open(path("a"), OpenMode::read).error().fault(), Fault::missing);
  EXPECT_EQ(files_->open(path("a"), OpenMode::write).error().fault(), Fault::missing);
  EXPECT_FALSE(files_->exists(path("a")));
  put("a", "kept");
  EXPECT_TRUE(files_->exists(path("a")));
  const Result<std::unique_ptr<File>> again = files_->open(path("a"), OpenMode::create);
  EXPECT_EQ(again.error().fault(), Fault::conflict);
  EXPECT_THAT(again.error().message(), HasSubstr(path("a")));
  EXPECT_EQ(must_open("a", OpenMode::write_or_create)->size().value(), 4U);
  EXPECT_EQ(must_open("b", OpenMode::write_or_create)->size().value(), 0U);
}

TEST_P(EveryFileSystem, AFileOpenForReadingRefusesWrites) {
  put("a", "kept");
  const std::unique_ptr<File> file = must_open("a", OpenMode::read);
  const Result<void> written = file->write_at(0, "lost");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().fault(), Fault::io);
  EXPECT_THAT(written.error().message(), HasSubstr(path("a")));
  EXPECT_FALSE(file->truncate(0).has_value());
  EXPECT_EQ(content("a"), "kept");
}

TEST_P(EveryFileSystem, AFolderIsNotAFile) {
  ASSERT_TRUE(files_->create_directories(path("d")).has_value());
  for (const OpenMode mode : {OpenMode::read, OpenMode::write, OpenMode::write_or_create}) {
    EXPECT_EQ(files_->open(path("d"), mode).error().fault(), Fault::io);
  }
  EXPECT_EQ(files_->open(path("d"), OpenMode::create).error().fault(), Fault::conflict);
  put("a", "");
  EXPECT_EQ(files_->open(path("a/b"), OpenMode::create).error().fault(), Fault::io);
}

TEST_P(EveryFileSystem, RenameReplacesTheTarget) {
  put("a", "new");
  put("b", "old");
  ASSERT_TRUE(files_->rename(path("a"), path("b")).has_value());
  EXPECT_EQ(content("b"), "new");
  EXPECT_THAT(names(""), ElementsAre("b"));
  EXPECT_TRUE(files_->rename(path("b"), path("b")).has_value());
  EXPECT_EQ(content("b"), "new");
}

TEST_P(EveryFileSystem, RenameMovesBetweenFoldersAndMovesFolders) {
  ASSERT_TRUE(files_->create_directories(path("from/inner")).has_value());
  ASSERT_TRUE(files_->create_directories(path("to")).has_value());
  put("from/inner/a", "x");
  ASSERT_TRUE(files_->rename(path("from/inner"), path("to/moved")).has_value());
  EXPECT_EQ(content("to/moved/a"), "x");
  EXPECT_THAT(names("from"), IsEmpty());
}

TEST_P(EveryFileSystem, RenameRefusesWhatPosixRefuses) {
  ASSERT_TRUE(files_->create_directories(path("d/inner")).has_value());
  put("a", "x");
  put("d/b", "x");
  const Result<void> missing = files_->rename(path("absent"), path("b"));
  EXPECT_EQ(missing.error().fault(), Fault::missing);
  EXPECT_THAT(missing.error().message(), HasSubstr(path("absent")));
  EXPECT_FALSE(files_->rename(path("a"), path("d")).has_value());
  EXPECT_FALSE(files_->rename(path("d"), path("a")).has_value());
  EXPECT_FALSE(files_->rename(path("d"), path("d/inner/d")).has_value());
  EXPECT_FALSE(files_->rename(path("a"), path("absent/a")).has_value());
  EXPECT_THAT(names(""), ElementsAre("a", "d/"));
}

TEST_P(EveryFileSystem, RemoveTakesFilesAndRemoveDirectoryEmptyFolders) {
  ASSERT_TRUE(files_->create_directories(path("d")).has_value());
  put("d/a", "x");
  EXPECT_FALSE(files_->remove(path("d")).has_value());
  EXPECT_FALSE(files_->remove_directory(path("d")).has_value());
  EXPECT_FALSE(files_->remove_directory(path("d/a")).has_value());
  EXPECT_EQ(files_->remove(path("d/absent")).error().fault(), Fault::missing);
  EXPECT_TRUE(files_->remove(path("d/a")).has_value());
  EXPECT_TRUE(files_->remove_directory(path("d")).has_value());
  EXPECT_FALSE(files_->exists(path("d")));
}

TEST_P(EveryFileSystem, ARemovedFileServesThoseWhoHaveItOpen) {
  put("a", "still here");
  const std::unique_ptr<File> file = must_open("a", OpenMode::write);
  ASSERT_TRUE(files_->remove(path("a")).has_value());
  ASSERT_TRUE(file->write_at(0, "S").has_value());
  Bytes out;
  ASSERT_TRUE(file->read_at(0, 100, out).has_value());
  EXPECT_EQ(out, "Still here");
  put("a", "another");
  EXPECT_EQ(content("a"), "another");
}

TEST_P(EveryFileSystem, CreateDirectoriesCreatesAllThatAreMissing) {
  EXPECT_TRUE(files_->create_directories(path("x/y/z")).has_value());
  EXPECT_TRUE(files_->create_directories(path("x/y/z")).has_value());
  EXPECT_TRUE(files_->create_directories(path("x//y/w/")).has_value());
  EXPECT_THAT(names("x"), ElementsAre("y/"));
  EXPECT_THAT(names("x/y"), ElementsAre("w/", "z/"));
}

TEST_P(EveryFileSystem, CreateDirectoriesNamesTheFileInItsWay) {
  put("x", "");
  for (const std::string_view wanted : {"x", "x/y"}) {
    const Result<void> created = files_->create_directories(path(wanted));
    ASSERT_FALSE(created.has_value());
    EXPECT_THAT(created.error().message(), HasSubstr(path("x")));
  }
}

TEST_P(EveryFileSystem, ListIsSortedByBytesAndTellsFoldersApart) {
  for (const std::string_view name : {"b", "a", "B", "\xc3\xa9", "a.b", "a-b"}) {
    put(name, "");
  }
  ASSERT_TRUE(files_->create_directories(path("c")).has_value());
  EXPECT_THAT(names(""), ElementsAre("B", "a", "a-b", "a.b", "b", "c/", "\xc3\xa9"));
  EXPECT_EQ(files_->list(path("absent")).error().fault(), Fault::missing);
  EXPECT_EQ(files_->list(path("a")).error().fault(), Fault::io);
}

TEST_P(EveryFileSystem, SyncDirectoryWantsAFolder) {
  put("a", "");
  EXPECT_TRUE(files_->sync_directory(folder_).has_value());
  EXPECT_FALSE(files_->sync_directory(path("a")).has_value());
  const Result<void> missing = files_->sync_directory(path("absent"));
  EXPECT_EQ(missing.error().fault(), Fault::missing);
  EXPECT_THAT(missing.error().message(), HasSubstr(path("absent")));
}

TEST_P(EveryFileSystem, FreeBytesAreThoseOfTheDiskHoldingThePath) {
  EXPECT_GT(files_->free_bytes(folder_).value(), 0U);
  EXPECT_EQ(files_->free_bytes(path("absent")).error().fault(), Fault::missing);
}

TEST_P(EveryFileSystem, ReplaceFileLeavesTheNewContentAndNothingElse) {
  ASSERT_TRUE(replace_file(*files_, path("a"), "first, and longer").has_value());
  ASSERT_TRUE(replace_file(*files_, path("a"), "second").has_value());
  EXPECT_EQ(content("a"), "second");
  ASSERT_TRUE(replace_file(*files_, path("a"), "").has_value());
  EXPECT_EQ(content("a"), "");
  EXPECT_THAT(names(""), ElementsAre("a"));
}

TEST_P(EveryFileSystem, ReplaceFileStartsOverWhatAnInterruptedOneLeft) {
  put("a.replacement", "a long remainder of an interrupted replacement");
  ASSERT_TRUE(replace_file(*files_, path("a"), "short").has_value());
  EXPECT_EQ(content("a"), "short");
  EXPECT_THAT(names(""), ElementsAre("a"));
}

TEST_P(EveryFileSystem, ReplaceFileThatFailsNamesThePathAndCleansUp) {
  ASSERT_TRUE(files_->create_directories(path("a/inner")).has_value());
  const Result<void> replaced = replace_file(*files_, path("a"), "x");
  ASSERT_FALSE(replaced.has_value());
  EXPECT_THAT(replaced.error().message(), HasSubstr("cannot replace " + path("a")));
  EXPECT_THAT(names(""), ElementsAre("a/"));
}

TEST_P(EveryFileSystem, ReadFileOfAMissingOneNamesIt) {
  const Result<Bytes> bytes = read_file(*files_, path("absent"));
  EXPECT_EQ(bytes.error().fault(), Fault::missing);
  EXPECT_THAT(bytes.error().message(), HasSubstr(path("absent")));
}

// Cuts the power at every operation of a replacement, with many outcomes each.
TEST(ReplaceFile, APowerCutAnywhereLeavesTheOldContentOrTheNew) {
  int old_seen = 0;
  int new_seen = 0;
  for (int cut_at = 0; cut_at < 8; ++cut_at) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      MemoryFileSystem files;
      ASSERT_TRUE(files.create_directories("/d").has_value());
      ASSERT_TRUE(replace_file(files, "/d/a", "old").has_value());
      SeededRandom random(seed);
      int operations = 0;
      files.set_fault_hook([&](MemoryFileSystem::Operation, const std::string&) -> Result<void> {
        if (operations++ != cut_at) {
          return {};
        }
        files.crash(random);
        return fail(Fault::io, "power cut");
      });
      const bool is_done = replace_file(files, "/d/a", "the new").has_value();
      files.set_fault_hook({});
      files.crash(random);
      const Bytes found = read_file(files, "/d/a").value();
      ASSERT_TRUE(found == "old" || found == "the new") << found;
      ASSERT_TRUE(!is_done || found == "the new");
      ++(found == "old" ? old_seen : new_seen);
    }
  }
  EXPECT_GT(old_seen, 0);
  EXPECT_GT(new_seen, 0);
}

struct PathCase {
  std::string_view path;
  std::string_view parent;
};

class ParentPath : public testing::TestWithParam<PathCase> {};

TEST_P(ParentPath, IsTheFolderThatHoldsIt) {
  EXPECT_EQ(parent_path(GetParam().path), GetParam().parent);
}

INSTANTIATE_TEST_SUITE_P(Paths,
                         ParentPath,
                         testing::Values(PathCase{"a/b/c", "a/b"},
                                         PathCase{"/a/b/c", "/a/b"},
                                         PathCase{"c", "."},
                                         PathCase{"", "."},
                                         PathCase{".", "."},
                                         PathCase{"/", "/"},
                                         PathCase{"//", "/"},
                                         PathCase{"/a", "/"},
                                         PathCase{"a/", "."},
                                         PathCase{"/a/", "/"},
                                         PathCase{"a/b/", "a"},
                                         PathCase{"a//b", "a"},
                                         PathCase{"//a", "/"}));

TEST(JoinPath, PutsOneSlashBetween) {
  EXPECT_EQ(join_path("a/b", "c"), "a/b/c");
  EXPECT_EQ(join_path("a/b/", "c"), "a/b/c");
  EXPECT_EQ(join_path("/", "c"), "/c");
  EXPECT_EQ(join_path("", "c"), "c");
}

}  // namespace
}  // namespace sluice
