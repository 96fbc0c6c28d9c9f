#include "base/errand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace sluice {
namespace {

// Keeps the only helper at work until it may go on.
struct Busy {
  explicit Busy(Helpers& helpers) {
    errand.begin(&helpers, [this] {
      begun.set_value();
      go_on.get_future().wait();
    });
    begun.get_future().wait();
  }

  std::promise<void> begun;
  std::promise<void> go_on;
  Errand errand;
};

TEST(Errand, IsDoneAtOnceWithoutHelpers) {
  std::thread::id where;
  Errand errand;
  errand.begin(nullptr, [&] { where = std::this_thread::get_id(); });
  EXPECT_EQ(where, std::this_thread::get_id());
  EXPECT_FALSE(errand.is_begun());
  Helpers none(0, "none");
  int calls = 0;
  errand.begin(&none, [&] { ++calls; });
  EXPECT_EQ(calls, 1);
  errand.finish();
  EXPECT_EQ(calls, 1);
}

TEST(Errand, IsDoneByAHelperMeanwhile) {
  Helpers helpers(1, "helper");
  std::promise<std::thread::id> done;
  Errand errand;
  errand.begin(&helpers, [&] { done.set_value(std::this_thread::get_id()); });
  EXPECT_NE(done.get_future().get(), std::this_thread::get_id());
  errand.finish();
  EXPECT_FALSE(errand.is_begun());
}

TEST(Errand, IsDoneByWhoNeedsItWhenAllHelpersAreBusy) {
  Helpers helpers(1, "helper");
  Busy busy(helpers);
  std::thread::id where;
  Errand errand;
  errand.begin(&helpers, [&] { where = std::this_thread::get_id(); });
  errand.finish();
  EXPECT_EQ(where, std::this_thread::get_id());
  busy.go_on.set_value();
  busy.errand.finish();
}

TEST(Errand, WhoWaitsDoesWhatElseWaits) {
  Helpers helpers(1, "helper");
  Busy slow(helpers);
  std::thread::id where;
  Errand other;
  other.begin(&helpers, [&] {
    where = std::this_thread::get_id();
    slow.go_on.set_value();
  });
  slow.errand.finish();
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Errand, IsDroppedWithItsWorkWhenNobodyHasBegun) {
  Helpers helpers(1, "helper");
  Busy busy(helpers);
  bool is_done = false;
  const auto held = std::make_shared<int>(1);
  {
    Errand errand;
    errand.begin(&helpers, [&is_done, held] { is_done = *held == 1; });
  }
  EXPECT_EQ(held.use_count(), 1);
  busy.go_on.set_value();
  busy.errand.finish();
  EXPECT_FALSE(is_done);
}

TEST(Errand, IsWaitedForByItsDestructorWhenUnderWay) {
  Helpers helpers(1, "helper");
  std::atomic<bool> is_done = false;
  {
    std::promise<void> begun;
    Errand errand;
    errand.begin(&helpers, [&] {
      begun.set_value();
      for (int i = 0; i < 1000; ++i) {
        std::this_thread::yield();
      }
      is_done = true;
    });
    begun.get_future().wait();
  }
  EXPECT_TRUE(is_done);
}

TEST(Errand, TheNextOneBeginsWhenTheOneBeforeIsDone) {
  Helpers helpers(2, "helper");
  std::vector<int> order;  // unguarded: one after the other
  Errand errand;
  for (int i = 0; i < 1000; ++i) {
    errand.begin(&helpers, [&order, i] { order.push_back(i); });
  }
  errand.finish();
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Errand, MayBeginOneItself) {
  Helpers helpers(1, "helper");
  int sum = 0;
  Errand outer;
  outer.begin(&helpers, [&] {
    Errand inner;
    inner.begin(&helpers, [&] { sum += 1; });
    inner.finish();
    sum += 1;
  });
  outer.finish();
  EXPECT_EQ(sum, 2);
}

TEST(Errand, ThoseOfManyThreadsAllGetDone) {
  Helpers helpers(3, "helper");
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      std::vector<Errand> errands(8);
      for (int i = 0; i < 2000; ++i) {
        errands[static_cast<std::size_t>(i) % errands.size()].begin(&helpers, [&] { ++sum; });
      }
      for (Errand& errand : errands) {
        errand.finish();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(sum, 8000);
}

}  // namespace
}  // namespace sluice
