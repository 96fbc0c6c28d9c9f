// Tests of cli/tree.h.
#include "cli/tree.h"

#include "cli/quantity.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(Tree, FoldersBranchAndSizesAlign) {
  EXPECT_EQ(tree_text("bucket",
                      {{"2025/07/a.parquet", "1.2 KiB", "12 rows"},
                       {"2025/07/long-name.parquet", "900 B", "3 rows"},
                       {"errors/x", "10 B", ""}},
                      30,
                      Paint(false)),
            "  bucket/\n"
            "  ├── 2025/\n"
            "  │   └── 07/\n"
            "  │       ├── a.parquet          1.2 KiB  12 rows\n"
            "  │       └── long-name.parquet    900 B  3 rows\n"
            "  └── errors/\n"
            "      └── x                         10 B\n");
}

TEST(Tree, AnEmptyBucketIsItsNameAlone) {
  EXPECT_EQ(tree_text("bucket", {}, 30, Paint(false)), "  bucket/\n");
}

TEST(Tree, LongNamesLoseTheirMiddleAndKeepTheExtension) {
  EXPECT_EQ(shorten_middle("part-0123456789.parquet", 16), "part-01….parquet");
  EXPECT_EQ(shorten_middle("a.parquet", 16), "a.parquet");
  EXPECT_EQ(shorten_middle("no-extension-but-long", 8), "no-exte…");
  for (const std::string name : {"x.a-very-long-extension-indeed", ".hidden-name-that-is-long"}) {
    EXPECT_LE(display_width(shorten_middle(name, 10)), 10U);
  }
}

}  // namespace
}  // namespace sluice::cli
