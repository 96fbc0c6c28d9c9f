// Tests of cli/file_listing.h.
#include "cli/file_listing.h"

#include "base/memory_file_system.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(FileListing, FindsFilesAtEveryDepthAndNoFolders) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("/a/b/c"));
  ASSERT_TRUE(files.create_directories("/a/empty"));
  ASSERT_TRUE(replace_file(files, "/a/b/c/deep", ""));
  ASSERT_TRUE(replace_file(files, "/a/top", ""));
  EXPECT_EQ(*files_below(files, "/a"), (std::vector<std::string>{"b/c/deep", "top"}));
  EXPECT_TRUE(files_below(files, "/a/empty")->empty());
  EXPECT_FALSE(files_below(files, "/nowhere"));
}

}  // namespace
}  // namespace sluice::cli
