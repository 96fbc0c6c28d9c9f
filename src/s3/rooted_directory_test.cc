// Nothing leaves the folder, whatever stands in it.
#include "s3/rooted_directory.h"

#include "store/temporary_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace sluice::s3 {
namespace {

class RootedDirectoryTest : public testing::Test {
 protected:
  RootedDirectoryTest() {
    std::filesystem::create_directories(folder_ / "root/a/b");
    std::filesystem::create_directories(folder_ / "outside");
    std::ofstream(folder_ / "outside/secret") << "secret";
    std::ofstream(folder_ / "root/a/file") << "content";
    auto opened = RootedDirectory::open(folder_ / "root");
    EXPECT_TRUE(opened.has_value());
    root_.emplace(std::move(*opened));
  }

  store::TemporaryFolder folder_;
  std::optional<RootedDirectory> root_;
};

TEST_F(RootedDirectoryTest, SeesFilesFoldersAndNothing) {
  EXPECT_EQ((*root_->look_at("a"))->kind, EntryKind::directory);
  EXPECT_EQ((*root_->look_at("a/file"))->kind, EntryKind::file);
  EXPECT_EQ((*root_->look_at("a/file"))->file.bytes, 7u);
  EXPECT_EQ(root_->look_at("a/none")->has_value(), false);
  EXPECT_EQ(root_->look_at("a/file/below")->has_value(), false);
  EXPECT_EQ((*root_->look_at(""))->kind, EntryKind::directory);
}

TEST_F(RootedDirectoryTest, NeverLeavesThroughDots) {
  for (const char* path : {"../outside/secret", "a/../../outside/secret", "/etc/passwd"}) {
    EXPECT_FALSE(root_->open_file(path).has_value()) << path;
  }
}

TEST_F(RootedDirectoryTest, FollowsNoSymbolicLink) {
  std::filesystem::create_symlink(folder_ / "outside", folder_ / "root/link");
  std::filesystem::create_symlink("secret", folder_ / "outside/relative");
  std::filesystem::create_symlink(folder_ / "outside/secret", folder_ / "root/file_link");
  std::filesystem::create_symlink("a", folder_ / "root/inner_link");
  EXPECT_EQ((*root_->look_at("link"))->kind, EntryKind::other);
  EXPECT_EQ((*root_->look_at("file_link"))->kind, EntryKind::other);
  for (const char* path : {"link/secret", "file_link", "inner_link/file"}) {
    const auto opened = root_->open_file(path);
    ASSERT_FALSE(opened.has_value()) << path;
    EXPECT_EQ(opened.error().fault(), Fault::missing);
  }
  EXPECT_FALSE(root_->list("link").has_value());
  EXPECT_FALSE(root_->create_file("link/new").has_value());
  EXPECT_FALSE(root_->create_file("file_link").has_value());
  EXPECT_EQ(root_->ensure_directory("link").error().fault(), Fault::conflict);
  EXPECT_FALSE(root_->ensure_directory("link/new").has_value());
  ASSERT_TRUE(root_->remove_file("link/secret"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "outside/secret"));
  std::ofstream(folder_ / "spool") << "x";
  EXPECT_FALSE(root_->adopt(AT_FDCWD, folder_ / "spool", "link/new").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "outside/new"));
}

TEST_F(RootedDirectoryTest, ALinkIsReplacedAndNotWrittenThrough) {
  std::filesystem::create_symlink(folder_ / "outside/secret", folder_ / "root/file_link");
  std::ofstream(folder_ / "spool") << "new";
  ASSERT_TRUE(root_->adopt(AT_FDCWD, folder_ / "spool", "file_link"));
  EXPECT_EQ(std::filesystem::file_size(folder_ / "outside/secret"), 6u);
  EXPECT_EQ((*root_->look_at("file_link"))->kind, EntryKind::file);
}

TEST_F(RootedDirectoryTest, OpensNoFifo) {
  ASSERT_EQ(mkfifo((folder_ / "root/fifo").c_str(), 0600), 0);
  const auto opened = root_->open_file("fifo");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::missing);
  EXPECT_FALSE(root_->open_file("a").has_value());
}

TEST_F(RootedDirectoryTest, ListsNamesWithTheirKinds) {
  std::filesystem::create_symlink("a", folder_ / "root/link");
  const auto listing = root_->list("");
  ASSERT_TRUE(listing.has_value());
  std::set<std::pair<std::string, EntryKind>> seen;
  for (const NamedEntry& entry : listing->entries) {
    seen.emplace(entry.name, entry.kind);
  }
  EXPECT_EQ(seen,
            (std::set<std::pair<std::string, EntryKind>>{{"a", EntryKind::directory},
                                                         {"link", EntryKind::other}}));
  EXPECT_GT(listing->modified_ns, 0);
  EXPECT_EQ(root_->list("none").error().fault(), Fault::missing);
}

TEST_F(RootedDirectoryTest, MakesFoldersOneByOne) {
  ASSERT_TRUE(root_->ensure_directory("a/new"));
  ASSERT_TRUE(root_->ensure_directory("a/new"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "root/a/new"));
  EXPECT_EQ(root_->ensure_directory("a/file").error().fault(), Fault::conflict);
  EXPECT_EQ(root_->ensure_directory("x/y").error().fault(), Fault::missing);
}

TEST_F(RootedDirectoryTest, AdoptsAFileAndReplacesAnother) {
  std::ofstream(folder_ / "spool") << "spooled";
  ASSERT_TRUE(root_->adopt(AT_FDCWD, folder_ / "spool", "a/file"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "spool"));
  EXPECT_EQ((*root_->look_at("a/file"))->file.bytes, 7u);
  EXPECT_TRUE(root_->sync_names("a/file"));
  const auto gone = root_->adopt(AT_FDCWD, folder_ / "spool", "a/file");
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().fault(), Fault::missing);
}

TEST_F(RootedDirectoryTest, RemovesFilesAndTheFoldersTheyLeaveEmpty) {
  std::ofstream(folder_ / "root/a/b/deep") << "x";
  ASSERT_TRUE(root_->remove_file("a/b/deep"));
  ASSERT_TRUE(root_->remove_file("a/b/deep"));
  root_->remove_empty_parents("a/b/deep");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "root/a/b"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "root/a/file"));
}

TEST_F(RootedDirectoryTest, ClearsEmptyFoldersAndFilesOnlyWhereAsked) {
  EXPECT_EQ(root_->clear(false).error().fault(), Fault::conflict);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "root/a/file"));
  std::filesystem::create_symlink(folder_ / "outside", folder_ / "root/a/link");
  ASSERT_TRUE(root_->clear(true));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "root"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "outside/secret"));
}

TEST_F(RootedDirectoryTest, KnowsWhenItsPlaceWasTaken) {
  EXPECT_TRUE(root_->is_at_its_path());
  std::filesystem::rename(folder_ / "root", folder_ / "moved");
  EXPECT_FALSE(root_->is_at_its_path());
  std::filesystem::create_directory(folder_ / "root");
  EXPECT_FALSE(root_->is_at_its_path());
}

}  // namespace
}  // namespace sluice::s3
