// Files that nobody told us of are found; folders that did not change are not read again.
#include "s3/reconcile.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace sluice::s3 {
namespace {

// Far after any file's time, so that every folder counts as settled.
const UnixMillis later = unix_millis(std::int64_t{1} << 42);

class TreeWatchTest : public testing::Test {
 protected:
  TreeWatchTest() {
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
    const auto done = watch_.look(*tree_, prefix, now, [&](std::vector<std::string> keys) {
      found_.insert(keys.begin(), keys.end());
      looked_at_ += keys.size();
      return Result<void>();
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return {found_.begin(), found_.end()};
  }

  // How many files are read, seen or not.
  std::size_t read_after(std::string_view prefix, UnixMillis now) {
    looked_at_ = 0;
    keys_after(prefix, now);
    return looked_at_;
  }

  // As the bucket does it.
  void put(const std::string& folder, const std::string& name) {
    const auto before = watch_.changing(*tree_, folder);
    write(folder + "/" + name);
    watch_.changed(*tree_, folder, before);
  }

  using Keys = std::vector<std::string>;

  store::TemporaryFolder folder_;
  std::set<std::string> found_;
  std::size_t looked_at_ = 0;
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

TEST_F(TreeWatchTest, ReadsASettledFolderOnce) {
  write("a");
  EXPECT_EQ(read_after("", later), 1U);
  EXPECT_EQ(read_after("", later), 0U);
  watch_.forget();
  EXPECT_EQ(read_after("", later), 1U);
}

TEST_F(TreeWatchTest, ReadsAFolderAgainThatMayHaveChangedWithinTheClocksGrain) {
  write("a");
  const auto changed = (*tree_->look_at(""))->file.modified_ns / 1'000'000;
  EXPECT_EQ(read_after("", unix_millis(changed + 100)), 1U);
  EXPECT_EQ(read_after("", later), 1U);
}

TEST_F(TreeWatchTest, ForgetsFoldersThatAreGone) {
  write("x/y/a");
  keys_after("", later);
  std::filesystem::remove_all(folder_ / "tree/x");
  keys_after("", later);
  write("x/y/b");
  EXPECT_EQ(read_after("", later), 1U);
}

TEST_F(TreeWatchTest, TakesTheChangesOfOthersInALargeFolderAfterOnesOfOurs) {
  for (int file = 0; file < 1'000; ++file) {
    write("x/" + std::to_string(file));
  }
  EXPECT_EQ(read_after("", later), 1'000U);
  put("x", "ours");
  put("x", "ours too");
  EXPECT_EQ(read_after("", later + std::chrono::seconds(59)), 0U);
  write("x/theirs");
  EXPECT_EQ(read_after("", later + std::chrono::seconds(59)), 1'003U);
  put("x", "ours at last");
  EXPECT_EQ(read_after("", later + std::chrono::seconds(60)), 0U);
}

TEST_F(TreeWatchTest, ReadsALargeFolderThatWeChangeAgainAfterAMinute) {
  for (int file = 0; file < 1'000; ++file) {
    write("x/" + std::to_string(file));
  }
  keys_after("", later);
  put("x", "ours");
  EXPECT_EQ(read_after("", later + std::chrono::seconds(61)), 1'001U);
  put("x", "ours again");
  EXPECT_EQ(read_after("", later + std::chrono::seconds(120)), 0U);
  EXPECT_EQ(read_after("", later + std::chrono::seconds(122)), 1'002U);
}

TEST_F(TreeWatchTest, KnowsWhichChangesWereOursThatCameWhileItRead) {
  for (int file = 0; file < 1'000; ++file) {
    write("x/" + std::to_string(file));
  }
  keys_after("", later);
  write("x/theirs");
  const auto done = watch_.look(*tree_, "", later, [&](const std::vector<std::string>&) {
    put("x", "ours");
    put("x", "ours too");
    return Result<void>();
  });
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(read_after("", later), 0U);
}

TEST_F(TreeWatchTest, ReadsASmallFolderAfterEachChange) {
  write("x/a");
  keys_after("", later);
  put("x", "ours");
  EXPECT_EQ(read_after("", later), 2U);
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
