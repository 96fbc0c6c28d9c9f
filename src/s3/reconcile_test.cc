// Files that nobody told us of are found; folders that did not change are not read again.
#include "s3/reconcile.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::s3 {
namespace {

// Far after any file's time, so that every folder counts as settled.
const UnixMillis later = unix_millis(std::int64_t{1} << 42);

class TreeWatchTest : public testing::Test {
 protected:
  TreeWatchTest() {
    auto opened = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(opened.has_value());
    database_ = std::move(*opened);
    index_.emplace(*database_);
    std::filesystem::create_directories(folder_ / "tree");
    auto tree = RootedDirectory::open(folder_ / "tree");
    EXPECT_TRUE(tree.has_value());
    tree_.emplace(std::move(*tree));
  }

  void write(const std::string& key) {
    const std::filesystem::path path(folder_ / ("tree/" + key));
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << key;
  }

  std::vector<std::string> keys_after(std::string_view prefix, UnixMillis now) {
    const auto done = watch_.reconcile(*tree_, *index_, "b", prefix, now);
    EXPECT_TRUE(done.has_value()) << done.error().message();
    std::vector<std::string> keys;
    for (const store::IndexedObject& object : *index_->page("b", {})) {
      keys.push_back(object.key);
    }
    return keys;
  }

  using Keys = std::vector<std::string>;

  store::TemporaryFolder folder_;
  std::unique_ptr<store::Database> database_;
  std::optional<store::ObjectIndex> index_;
  std::optional<RootedDirectory> tree_;
  TreeWatch watch_;
};

TEST_F(TreeWatchTest, FindsFilesAtAnyDepth) {
  write("a");
  write("x/y/z/b");
  write("x/c");
  EXPECT_EQ(keys_after("", later), (Keys{"a", "x/c", "x/y/z/b"}));
  write("x/y/new/d");
  EXPECT_EQ(keys_after("", later), (Keys{"a", "x/c", "x/y/new/d", "x/y/z/b"}));
}

TEST_F(TreeWatchTest, LooksOnlyWhereThePrefixCanBe) {
  write("a/1");
  write("ab/2");
  write("b/3");
  write("a/sub/4");
  EXPECT_EQ(keys_after("a/s", later), (Keys{"a/1", "a/sub/4"}));
  EXPECT_EQ(keys_after("a", later), (Keys{"a/1", "a/sub/4", "ab/2"}));
  EXPECT_EQ(keys_after("none/x", later), (Keys{"a/1", "a/sub/4", "ab/2"}));
  EXPECT_EQ(keys_after("../", later), (Keys{"a/1", "a/sub/4", "ab/2"}));
}

TEST_F(TreeWatchTest, TakesNoLinksAndNoNamesThatCannotBeKeys) {
  write("good");
  write(".sluice-hidden");
  write("bad\nname");
  write("bad\xff");
  std::filesystem::create_symlink("/etc/passwd", folder_ / "tree/link");
  std::filesystem::create_directory_symlink("/etc", folder_ / "tree/folder");
  EXPECT_EQ(keys_after("", later), Keys{"good"});
}

TEST_F(TreeWatchTest, LeavesRowsThatAreThere) {
  write("a");
  store::IndexedObject known;
  known.key = "a";
  known.etag = "known";
  ASSERT_TRUE(index_->save("b", known));
  keys_after("", later);
  EXPECT_EQ((*index_->find("b", "a"))->etag, "known");
}

TEST_F(TreeWatchTest, ReadsASettledFolderOnce) {
  write("a");
  keys_after("", later);
  ASSERT_TRUE(index_->remove_all("b", {"a"}));
  EXPECT_EQ(keys_after("", later), Keys{});
  watch_.forget();
  EXPECT_EQ(keys_after("", later), Keys{"a"});
}

TEST_F(TreeWatchTest, ReadsAFolderAgainThatMayHaveChangedWithinTheClocksGrain) {
  write("a");
  const auto changed = (*tree_->look_at(""))->file.modified_ns / 1'000'000;
  keys_after("", unix_millis(changed + 100));
  ASSERT_TRUE(index_->remove_all("b", {"a"}));
  EXPECT_EQ(keys_after("", later), Keys{"a"});
}

TEST_F(TreeWatchTest, ForgetsFoldersThatAreGone) {
  write("x/y/a");
  keys_after("", later);
  std::filesystem::remove_all(folder_ / "tree/x");
  keys_after("", later);
  write("x/y/b");
  ASSERT_TRUE(index_->remove_all("b", {"x/y/a"}));
  EXPECT_EQ(keys_after("", later), Keys{"x/y/b"});
}

TEST(DescribeByHand, GivesAnETagWithADashThatChangesWithTheFile) {
  const auto etag = [](std::uint64_t bytes, std::int64_t modified_ns) {
    return describe_by_hand("k", store::Placement::tree, {1, bytes, modified_ns}).etag;
  };
  EXPECT_EQ(etag(1, 2).size(), 34u);
  EXPECT_TRUE(etag(1, 2).ends_with("-1"));
  EXPECT_NE(etag(1, 2), etag(2, 2));
  EXPECT_NE(etag(1, 2), etag(1, 3));
}

}  // namespace
}  // namespace sluice::s3
