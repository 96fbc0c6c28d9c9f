// Counting calls: by how they ended and how long they took.
#include "server/call_totals.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using std::chrono::milliseconds;

TEST(CallTotals, ACallCountsByItsResultAndUnderTheFirstBoundThatItDoesNotPass) {
  const struct {
    const char* what;
    milliseconds latency;
    std::size_t bucket;
  } cases[] = {
      {"nothing at all", milliseconds(0), 0},
      {"on a bound", milliseconds(1), 0},
      {"between two", milliseconds(2), 1},
      {"on the last bound", milliseconds(10'000), 7},
      {"above it", milliseconds(10'001), 8},
  };

  for (const auto& one : cases) {
    OperationCalls calls("firehose", "PutRecord");
    calls.add(CallResult::refused, one.latency);
    const auto figures = calls.figures();
    EXPECT_EQ(figures.calls(), 1U) << one.what;
    EXPECT_EQ(figures.by_result[static_cast<std::size_t>(CallResult::refused)], 1U) << one.what;
    EXPECT_EQ(figures.by_latency[one.bucket], 1U) << one.what;
    EXPECT_EQ(figures.latencies, one.latency) << one.what;
  }
}

TEST(CallTotals, LatenciesAddUp) {
  OperationCalls calls("kinesis", "PutRecords");
  calls.add(CallResult::success, milliseconds(3));
  calls.add(CallResult::failed, milliseconds(4));
  EXPECT_EQ(calls.figures().calls(), 2U);
  EXPECT_EQ(calls.figures().latencies, milliseconds(7));
  EXPECT_EQ(calls.service(), "kinesis");
  EXPECT_EQ(calls.operation(), "PutRecords");
}

TEST(CallTotals, EveryResultHasAName) {
  EXPECT_EQ(call_result_name(CallResult::success), "success");
  EXPECT_EQ(call_result_name(CallResult::refused), "refused");
  EXPECT_EQ(call_result_name(CallResult::failed), "failed");
}

}  // namespace
}  // namespace sluice::server
