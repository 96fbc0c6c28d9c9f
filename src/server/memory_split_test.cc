#include "server/memory_split.h"

#include "net/http_server.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(MemorySplit, ThePartsLeaveAQuarterForTheProgram) {
  for (const std::uint64_t limit : {memory_limit_min, 256 * mib, 1024 * mib, 64 * 1024 * mib}) {
    const MemorySplit split = split_memory(limit);
    EXPECT_LE(split.open_objects + split.pending_reads + split.stream_caches +
                  split.stream_indexes + split.bodies + split.answers + split.files,
              limit / 4 * 3)
        << limit;
  }
}

TEST(MemorySplit, TheSmallestLimitHasRoomForTheLargestCall) {
  constexpr std::uint64_t call = 10 * mib / 3 * 4 + mib;  // ten mebibytes, in base64
  EXPECT_GE(split_memory(memory_limit_min).bodies, call);
}

TEST(MemorySplit, NoPartIsLargerThanWithoutALimit) {
  const MemorySplit usual = split_memory(0);
  const MemorySplit large = split_memory(64 * 1024 * mib);
  EXPECT_EQ(large.bodies, usual.bodies);
  EXPECT_EQ(large.answers, usual.answers);
  EXPECT_EQ(large.files, usual.files);
  EXPECT_EQ(large.pending_reads, usual.pending_reads);
  EXPECT_EQ(usual.bodies, net::HttpServerOptions().body_budget_bytes);
}

}  // namespace
}  // namespace sluice::server
