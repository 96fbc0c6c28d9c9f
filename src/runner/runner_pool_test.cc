// Runners on threads.  Nothing sleeps: tests wait for a drain or a removal, which end by
// themselves.
#include "runner/runner_pool.h"

#include "runner/test_world.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace sluice::runner {
namespace {

using testing::TestWorld;

constexpr std::chrono::seconds patience{60};

// Moved by hand, from any thread.
class SteppedClock final : public Clock {
 public:
  UnixMillis now() const override {
    return unix_millis(TestWorld::start_ms) +
           std::chrono::duration_cast<std::chrono::milliseconds>(steady());
  }

  std::chrono::nanoseconds steady() const override { return std::chrono::nanoseconds(steady_); }

  void advance(std::chrono::nanoseconds by) { steady_ += by.count(); }

 private:
  std::atomic<std::int64_t> steady_ = 0;
};

TEST(RunnerPool, DrainsManyRunnersThatAreFedByManyThreads) {
  constexpr std::size_t streams = 8;
  constexpr std::size_t producers = 3;
  constexpr std::size_t records = 200;
  SystemClock clock;
  std::vector<std::unique_ptr<TestWorld>> worlds;
  RunnerPool pool(clock, 3);
  for (std::size_t i = 0; i < streams; ++i) {
    worlds.push_back(std::make_unique<TestWorld>());
    worlds.back()->time = &clock;
    pool.add(worlds.back()->runner(false, "stream-" + std::to_string(i)));
  }
  std::vector<std::thread> threads;
  for (std::size_t p = 0; p < producers; ++p) {
    threads.emplace_back([&worlds] {
      for (std::size_t i = 0; i < records; ++i) {
        for (const auto& world : worlds) {
          world->source.push("x", unix_millis(TestWorld::start_ms));
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(pool.drain_all(clock.steady() + patience).empty());
  pool.stop();
  for (const auto& world : worlds) {
    std::size_t bytes = 0;
    for (const auto& [key, object] : world->bucket.objects()) {
      bytes += object.size();
    }
    EXPECT_EQ(bytes, producers * records);
  }
  for (const auto& runner : pool.all()) {
    EXPECT_EQ(runner->status().state, RunnerState::ended);
  }
}

TEST(RunnerPool, NamesThoseThatCouldNotDrainInTime) {
  SystemClock clock;
  TestWorld world;
  world.time = &clock;
  world.bucket.is_closed = true;
  world.source.push("x", world.clock.now());
  RunnerPool pool(clock, 1);
  pool.add(world.runner());
  const auto undrained = pool.drain_all(clock.steady());
  ASSERT_EQ(undrained.size(), 1U);
  EXPECT_EQ(undrained[0], "hr");
  pool.stop();
  EXPECT_EQ(world.bucket.objects().size(), 0U);
}

TEST(RunnerPool, RemovesARunnerInMidWork) {
  SystemClock clock;
  TestWorld world;
  world.time = &clock;
  RunnerPool pool(clock, 2);
  for (int round = 0; round < 50; ++round) {
    pool.add(world.runner());
    ASSERT_NE(pool.find("hr"), nullptr);
    world.source.push("x", world.clock.now());
    pool.remove("hr", round % 2 == 0 ? RunnerPool::Removal::leave : RunnerPool::Removal::discard);
    EXPECT_EQ(pool.find("hr"), nullptr);
  }
  pool.remove("unknown", RunnerPool::Removal::leave);
}

// Never comes to an end with records, until it is interrupted.
class EndlessRouter final : public delivery::Router {
 public:
  Result<delivery::Routed> route(const delivery::Route&) override {
    is_routing = true;
    is_routing.notify_all();
    is_interrupted_.wait(false);
    return fail(Fault::unavailable, "the routing was interrupted");
  }

  std::optional<delivery::PartitionId> partition_of(const delivery::PartitionValues&) override {
    return std::nullopt;
  }

  const delivery::PartitionValues& values(delivery::PartitionId) const override { return none_; }

  std::size_t partitions() const override { return 0; }

  void keep_only(const std::set<delivery::PartitionId>&) override {}

  bool can_be_slow() const override { return true; }

  void interrupt() override {
    is_interrupted_ = true;
    is_interrupted_.notify_all();
  }

  std::atomic<bool> is_routing = false;

 private:
  const delivery::PartitionValues none_;
  std::atomic<bool> is_interrupted_ = false;
};

TEST(RunnerPool, OneThatRoutesForEverHoldsUpNeitherOthersNorItsOwnRemoval) {
  SystemClock clock;
  TestWorld slow;
  TestWorld quick;
  EndlessRouter router;
  slow.time = &clock;
  slow.router = &router;
  quick.time = &clock;
  slow.source.push("x", clock.now());
  quick.source.push("y", clock.now());
  RunnerPool pool(clock, 1);
  pool.add(slow.runner(false, "slow"));
  router.is_routing.wait(false);
  pool.add(quick.runner(false, "quick"));
  pool.find("quick")->drain();
  while (pool.find("quick")->status().state != RunnerState::ended) {
    std::this_thread::yield();
  }
  EXPECT_EQ(quick.bucket.objects().size(), 1U);
  pool.remove("slow", RunnerPool::Removal::leave);
  EXPECT_EQ(pool.find("slow"), nullptr);
  EXPECT_TRUE(slow.bucket.objects().empty());
}

TEST(RunnerPool, StopsOneThatRoutesForEver) {
  SystemClock clock;
  TestWorld world;
  EndlessRouter router;
  world.time = &clock;
  world.router = &router;
  world.source.push("x", clock.now());
  RunnerPool pool(clock, 1);
  pool.add(world.runner());
  router.is_routing.wait(false);
  pool.stop();
  EXPECT_EQ(pool.find("hr")->status().state, RunnerState::ended);
}

TEST(RunnerPool, StepsARunnerWhenItsTimeHasCome) {
  SteppedClock clock;
  TestWorld world;
  world.time = &clock;
  world.bucket.is_closed = true;
  world.source.push("x", clock.now());
  RunnerPool pool(clock, 1);
  pool.add(world.runner());
  const auto runner = pool.find("hr");
  runner->drain();
  while (runner->status().put_failures == 0) {
    std::this_thread::yield();
  }
  world.bucket.is_closed = false;  // the next try is due when the clock has moved
  clock.advance(delivery::Backoff::delay_max);
  pool.poke();
  while (runner->status().state != RunnerState::ended) {
    std::this_thread::yield();
  }
  EXPECT_EQ(world.bucket.objects().size(), 1U);
}

TEST(RunnerPool, StopsWithoutRunners) {
  SystemClock clock;
  RunnerPool pool(clock);
  EXPECT_GE(pool.threads(), 1U);
  EXPECT_TRUE(pool.drain_all(clock.steady()).empty());
  pool.stop();
  pool.stop();
}

}  // namespace
}  // namespace sluice::runner
