// Tests of cli/landing.h.
#include "cli/landing.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sluice::cli {
namespace {

class LandingTest : public testing::Test {
 protected:
  // A Parquet file of these lines at `key` of the bucket.
  void land(const std::string& key, const std::string& lines) {
    const std::string path = folder_.path("bucket/" + key);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    const Ran ran = run_program(
        {"convert", folder_.write("in", lines), path, "--schema", "t string, heart_rate int"});
    ASSERT_EQ(ran.code, ExitCode::ok) << ran.error;
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(LandingTest, CountsRowsAndLooksAtEveryValue) {
  land("2025/b.parquet", "{\"heart_rate\": 80}\n{\"heart_rate\": null}\n{\"heart_rate\": 60}\n");
  land("2025/a.parquet", "{\"heart_rate\": 175}\n");
  folder_.write("bucket/2025/note", "plain");
  const auto landing = read_landing(*files_, folder_.path("bucket"), "heart_rate");
  ASSERT_TRUE(landing) << landing.error().message();
  ASSERT_EQ(landing->objects.size(), 3U);
  EXPECT_EQ(landing->objects[0].key, "2025/a.parquet");
  EXPECT_EQ(landing->objects[1].rows, 3U);
  EXPECT_EQ(landing->objects[2].rows, std::nullopt);
  EXPECT_EQ(landing->rows, 4U);
  ASSERT_TRUE(landing->range);
  EXPECT_EQ(landing->range->min, 60);
  EXPECT_EQ(landing->range->max, 175);
}

TEST_F(LandingTest, AnotherColumnOrNoValuesGiveNoRange) {
  land("a.parquet", "{\"heart_rate\": null}\n");
  EXPECT_FALSE(read_landing(*files_, folder_.path("bucket"), "heart_rate")->range);
  EXPECT_FALSE(read_landing(*files_, folder_.path("bucket"), "t")->range);
  EXPECT_FALSE(read_landing(*files_, folder_.path("bucket"), "other")->range);
}

TEST_F(LandingTest, ABrokenFileIsNamed) {
  std::filesystem::create_directory(folder_.path("bucket"));
  folder_.write("bucket/x.parquet", "no");
  const auto landing = read_landing(*files_, folder_.path("bucket"), "heart_rate");
  ASSERT_FALSE(landing);
  EXPECT_TRUE(landing.error().message().starts_with(folder_.path("bucket/x.parquet")));
}

}  // namespace
}  // namespace sluice::cli
