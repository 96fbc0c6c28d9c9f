#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace sluice::net {
namespace {

TEST(WorkerPool, RunsEverythingPostedBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(3);
    for (int i = 0; i < 100; ++i) {
      pool.post([&] { ++done; });
    }
  }
  EXPECT_EQ(done, 100);
}

TEST(WorkerPool, RunsAsManyAtATimeAsItHasThreads) {
  std::latch all_here(3);
  WorkerPool pool(3);
  for (int i = 0; i < 3; ++i) {
    pool.post([&] { all_here.arrive_and_wait(); });
  }
  all_here.wait();
}

}  // namespace
}  // namespace sluice::net
