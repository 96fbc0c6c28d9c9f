#include "stream/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <set>
#include <vector>

namespace sluice::stream {
namespace {

TEST(Crew, EveryItemIsDoneOnceBeforeShareReturns) {
  Crew crew(3);
  for (const std::size_t items : {0U, 1U, 2U, 3U, 4U, 100U, 5U}) {
    std::vector<std::atomic<int>> calls(items);
    crew.share(items, [&](std::size_t item) { ++calls[item]; });
    for (std::size_t i = 0; i < items; ++i) {
      EXPECT_EQ(calls[i], 1) << i << " of " << items;
    }
  }
}

TEST(Crew, ItemsAreDoneSideBySide) {
  Crew crew(3);
  std::barrier all_at_once(4);  // one thread alone would wait for ever
  crew.share(4, [&](std::size_t) { all_at_once.arrive_and_wait(); });
}

TEST(Crew, WithoutThreadsTheCallerDoesAll) {
  Crew crew(0);
  std::set<std::thread::id> threads;
  crew.share(20, [&](std::size_t) { threads.insert(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(Crew, ManyRoundsInARowLoseNothing) {
  Crew crew(4);
  std::atomic<std::size_t> sum = 0;
  for (std::size_t round = 0; round < 2000; ++round) {
    crew.share(round % 7, [&](std::size_t item) { sum += item + 1; });
  }
  std::size_t expected = 0;
  for (std::size_t round = 0; round < 2000; ++round) {
    const std::size_t items = round % 7;
    expected += items * (items + 1) / 2;
  }
  EXPECT_EQ(sum, expected);
}

}  // namespace
}  // namespace sluice::stream
