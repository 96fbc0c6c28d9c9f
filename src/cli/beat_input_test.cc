// Tests of what an input stands for.
#include "cli/beat_input.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sluice::cli {
namespace {

// A record whose rate tells where it was read.
std::string line(int rate) {
  return "{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": " + std::to_string(rate) + "}\n";
}

class BeatInputTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string bucket = "data/buckets/b/runs/2025/";
    std::filesystem::create_directories(folder_.path(bucket + "07"));
    std::filesystem::create_directories(folder_.path(bucket + "08"));
    land(bucket + "07/one.parquet", 1);
    land(bucket + "08/two.parquet", 2);
    folder_.write(bucket + "08/half.parquet", "PAR1 half");
    folder_.write("a.ndjson", line(3));
    folder_.write("b.ndjson", line(4));
  }

  void land(const std::string& name, int rate) {
    const Ran ran = run_program({"convert",
                                 folder_.write("in", line(rate)),
                                 folder_.path(name),
                                 "--schema",
                                 "timestamp string, heart_rate int"});
    ASSERT_EQ(ran.code, ExitCode::ok) << ran.error;
  }

  BeatInput read(std::vector<std::string> inputs) {
    auto input = read_beats(*files_, {std::move(inputs), folder_.path("data")});
    EXPECT_TRUE(input);
    return input ? std::move(*input) : BeatInput();
  }

  static std::vector<int> rates_of(const BeatInput& input) {
    std::vector<int> rates;
    for (const auto& recording : input.recordings) {
      for (const heartrate::Beat& beat : recording) {
        rates.push_back(beat.heart_rate.value_or(-1));
      }
    }
    return rates;
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(BeatInputTest, FilesFoldersPatternsAndBuckets) {
  struct Case {
    std::vector<std::string> inputs;
    std::vector<int> rates;
    std::size_t left_out;
  };

  for (const Case& one : {Case{{folder_.path("a.ndjson")}, {3}, 0},
                          Case{{folder_.path("*.ndjson")}, {3, 4}, 0},
                          Case{{folder_.path("data")}, {1, 2}, 1},
                          Case{{folder_.path("data/buckets/*/runs/2025/07")}, {1}, 0},
                          Case{{"s3://b"}, {1, 2}, 1},
                          Case{{"s3://b/"}, {1, 2}, 1},
                          Case{{"s3://b/runs/2025/07"}, {1}, 0},
                          Case{{"s3://b/runs/20"}, {1, 2}, 1},
                          Case{{"s3://b/runs/2025/08/two.parquet"}, {2}, 0},
                          Case{{folder_.path("b.ndjson"), "s3://b/runs/2025/07"}, {4, 1}, 0}}) {
    const BeatInput input = read(one.inputs);
    EXPECT_EQ(rates_of(input), one.rates) << one.inputs[0];
    EXPECT_EQ(input.left_out.size(), one.left_out) << one.inputs[0];
  }
}

TEST_F(BeatInputTest, WhatCannotBeReadIsNamedAndTheRestGoesOn) {
  const BeatInput input = read({folder_.path("nope"),
                                "s3://nope",
                                "s3://..",
                                "s3://b/other",
                                folder_.path("*.none"),
                                "s3://b",
                                folder_.path("a.ndjson")});
  EXPECT_EQ(rates_of(input), (std::vector{1, 2, 3}));
  ASSERT_EQ(input.left_out.size(), 6U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(input.left_out[i].is_named) << input.left_out[i].file;
  }
  EXPECT_TRUE(input.left_out[5].file.ends_with("b/runs/2025/08/half.parquet"));
  EXPECT_FALSE(input.left_out[5].is_named);
}

TEST_F(BeatInputTest, RefusedRecordsAreCountedForTheirFile) {
  folder_.write("a.ndjson", line(5) + "oops\n" + line(6) + "{}\n");
  const BeatInput input = read({folder_.path("a.ndjson")});
  EXPECT_EQ(rates_of(input), (std::vector{5, 6}));
  ASSERT_EQ(input.left_out.size(), 1U);
  EXPECT_EQ(input.left_out[0].records, 2U);
  EXPECT_TRUE(input.left_out[0].why.starts_with("line 2: "));
}

}  // namespace
}  // namespace sluice::cli
