// Tests of cli/recording.h.
#include "cli/recording.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(Recording, EveryLineBecomesARecordWithANewline) {
  const TemporaryFolder folder;
  const auto recording = load_recording(folder.write("run", "{\"a\":1}\n\n{\"a\":2}"));
  ASSERT_TRUE(recording);
  EXPECT_EQ(recording->records, (std::vector<Bytes>{"{\"a\":1}\n", "{\"a\":2}\n"}));
  EXPECT_EQ(recording->bytes, 16U);
}

TEST(Recording, AFileWithoutRecordsIsRefused) {
  const TemporaryFolder folder;
  const auto recording = load_recording(folder.write("run", "\n\n"));
  ASSERT_FALSE(recording);
  EXPECT_TRUE(recording.error().message().starts_with("cannot replay " + folder.path("run")));
}

TEST(Recording, TheSimulatedOneIsAlwaysTheSame) {
  const Recording recording = simulate_recording();
  EXPECT_GT(recording.records.size(), 800U);
  EXPECT_LT(recording.records.size(), 1000U);
  EXPECT_EQ(recording.records, simulate_recording().records);
}

}  // namespace
}  // namespace sluice::cli
