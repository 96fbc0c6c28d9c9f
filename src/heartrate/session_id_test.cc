#include "heartrate/session_id.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const SampleTime begin =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 21h + 25min + 19s;

TEST(SessionId, SaysWhenItBeganToTheSecond) {
  SeededRandom random(1);
  for (const SampleTime time : {begin, begin + 123'456us, begin + 999'999us}) {
    const std::string id = new_session_id(time, random);
    EXPECT_TRUE(id.starts_with("20250713T212519-")) << id;
    EXPECT_EQ(id.size(), 20U) << id;
  }
}

TEST(SessionId, TwoOfOneSecondDiffer) {
  SeededRandom random(1);
  EXPECT_NE(new_session_id(begin, random), new_session_id(begin, random));
}

}  // namespace
}  // namespace sluice::heartrate
