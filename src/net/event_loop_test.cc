#include "net/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace sluice::net {
namespace {

TEST(EventLoop, RunsJobsInOrderOnItsOwnThread) {
  EventLoop loop;
  std::vector<int> order;
  std::promise<std::thread::id> last;
  loop.post([&] { order.push_back(1); });
  loop.start();
  loop.post([&] {
    order.push_back(2);
    last.set_value(std::this_thread::get_id());
  });
  EXPECT_TRUE(last.get_future().get() != std::this_thread::get_id());
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(EventLoop, RepeatsItsPeriodicJob) {
  EventLoop loop;
  int calls = 0;
  std::promise<void> third;
  loop.every(std::chrono::milliseconds(1), [&] {
    if (++calls == 3) {
      third.set_value();
    }
  });
  loop.start();
  third.get_future().wait();
}

TEST(EventLoop, CallsWhenADescriptorCanBeReadAndLeavesItOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  std::atomic<int> calls = 0;
  std::promise<void> second;
  {
    EventLoop loop;
    loop.watch(ends[0], [&] {
      char byte = 0;
      EXPECT_EQ(read(ends[0], &byte, 1), 1);
      if (++calls == 2) {
        second.set_value();
        loop.unwatch();
      }
      return std::chrono::milliseconds(calls == 1 ? 1 : 0);
    });
    loop.start();
    ASSERT_EQ(write(ends[1], "ab", 2), 2);
    second.get_future().wait();
  }
  EXPECT_EQ(close(ends[0]), 0);
  EXPECT_EQ(close(ends[1]), 0);
}

TEST(EventLoop, DestroysWhatDidNotRun) {
  auto held = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.post([held] {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace sluice::net
