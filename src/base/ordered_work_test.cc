// Tests of base/ordered_work.h: numbers are made, squared in rounds, and listed.
#include "base/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace sluice {
namespace {

// Item n takes n % 3 + 1 rounds, each of which adds n * n to the list once n % 4 parts are done,
// and those in two steps.
class Squares : public OrderedSteps {
 public:
  Squares(std::size_t items, std::size_t slots) : items_(items), slots_(slots) {}

  Result<bool> make(std::size_t slot) override {
    EXPECT_EQ(making_.fetch_add(1), 0) << "one at a time";
    const bool is_there = made_ < items_;
    if (is_there) {
      EXPECT_EQ(slot, made_ % slots_.size());
      slots_[slot] = {made_++, 0, 0, 0};
    }
    making_.fetch_sub(1);
    return is_there;
  }

  Result<bool> work(std::size_t slot, std::size_t thread) override {
    Item& item = slots_[slot];
    EXPECT_LT(thread, slots_.size());
    item.square = item.number * item.number;
    return item.round++ == item.number % 3;
  }

  Result<std::size_t> use(std::size_t slot) override {
    EXPECT_EQ(using_.fetch_add(1), 0) << "one at a time";
    Item& item = slots_[slot];
    EXPECT_EQ(parts_done_.exchange(0), parts_wanted_);
    parts_wanted_ = item.steps < 2 ? item.number % 4 : 0;
    if (parts_wanted_ == 0) {
      listed.push_back(item.square);
      item.steps = 0;
    } else {
      ++item.steps;
    }
    using_.fetch_sub(1);
    return parts_wanted_;
  }

  Result<void> use_part(std::size_t slot, std::size_t part) override {
    EXPECT_EQ(using_.load(), 0) << "never beside use()";
    EXPECT_LT(part, slots_[slot].number % 4);
    parts_done_.fetch_add(1);
    return {};
  }

  std::vector<std::size_t> listed;

 private:
  struct Item {
    std::size_t number = 0;
    std::size_t round = 0;
    std::size_t square = 0;
    std::size_t steps = 0;  // of use() in this round
  };

  std::size_t items_;
  std::size_t made_ = 0;
  std::vector<Item> slots_;
  std::atomic<int> making_{0};
  std::atomic<int> using_{0};
  std::size_t parts_wanted_ = 0;  // of use()
  std::atomic<std::size_t> parts_done_{0};
};

TEST(OrderedWork, WhatIsUsedIsInOrderWithAnyNumberOfThreadsAndSlots) {
  for (const std::size_t items : {0U, 1U, 2U, 7U, 500U}) {
    std::vector<std::size_t> expected;
    for (std::size_t item = 0; item < items; ++item) {
      expected.insert(expected.end(), item % 3 + 1, item * item);
    }
    for (const std::size_t threads : {1U, 2U, 5U}) {
      for (const std::size_t more : {0U, 1U, 4U}) {
        Squares squares(items, threads + more);
        ASSERT_TRUE(run_in_order(squares, {threads, threads + more, "squares"}));
        ASSERT_EQ(squares.listed, expected) << items << " " << threads << " " << more;
      }
    }
  }
}

// Two items have to be worked on at once for either to end.
class Meeting final : public OrderedSteps {
 public:
  Result<bool> make(std::size_t) override { return made_++ < 2; }

  Result<bool> work(std::size_t, std::size_t) override {
    std::unique_lock lock(mutex_);
    ++there_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return there_ == 2; });
    return true;
  }

  Result<std::size_t> use(std::size_t) override { return 0; }

  Result<void> use_part(std::size_t, std::size_t) override { return {}; }

 private:
  int made_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int there_ = 0;
};

TEST(OrderedWork, ItemsAreWorkedOnSideBySide) {
  Meeting meeting;
  EXPECT_TRUE(run_in_order(meeting, {2, 2, "meeting"}));
}

// The same of the parts of one item.
class PartsMeeting final : public OrderedSteps {
 public:
  Result<bool> make(std::size_t) override { return made_++ < 1; }

  Result<bool> work(std::size_t, std::size_t) override { return true; }

  Result<std::size_t> use(std::size_t) override { return used_++ == 0 ? 2 : 0; }

  Result<void> use_part(std::size_t, std::size_t) override {
    std::unique_lock lock(mutex_);
    ++there_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return there_ == 2; });
    return {};
  }

 private:
  int made_ = 0;
  int used_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int there_ = 0;
};

TEST(OrderedWork, PartsOfAnItemAreUsedSideBySide) {
  PartsMeeting meeting;
  EXPECT_TRUE(run_in_order(meeting, {2, 2, "meeting"}));
}

// An item is used while the next is made: each waits for the other.
class Handshake final : public OrderedSteps {
 public:
  Result<bool> make(std::size_t) override {
    std::unique_lock lock(mutex_);
    if (++made_ == 2) {
      changed_.notify_all();
      changed_.wait(lock, [this] { return is_used_; });
    }
    return made_ < 3;
  }

  Result<bool> work(std::size_t, std::size_t) override { return true; }

  Result<std::size_t> use(std::size_t) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return made_ >= 2; });
    is_used_ = true;
    changed_.notify_all();
    return 0;
  }

  Result<void> use_part(std::size_t, std::size_t) override { return {}; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int made_ = 0;
  bool is_used_ = false;
};

TEST(OrderedWork, AnItemIsUsedWhileTheNextIsMade) {
  Handshake handshake;
  EXPECT_TRUE(run_in_order(handshake, {2, 2, "handshake"}));
}

enum class Step { make, work, use, part, throws };

// Fails at the 20th item, in one of the steps.
class Failing final : public Squares {
 public:
  Failing(Step step, std::size_t slots) : Squares(100, slots), step_(step) {}

  Result<bool> make(std::size_t slot) override {
    if (step_ == Step::make && ++calls_ == 20) {
      return fail(Fault::corrupt, "made badly");
    }
    return Squares::make(slot);
  }

  Result<bool> work(std::size_t slot, std::size_t thread) override {
    if (step_ == Step::work && ++calls_ == 20) {
      return fail(Fault::corrupt, "worked badly");
    }
    if (step_ == Step::throws && ++calls_ == 20) {
      throw std::runtime_error("thrown");
    }
    return Squares::work(slot, thread);
  }

  Result<std::size_t> use(std::size_t slot) override {
    if (step_ == Step::use && ++calls_ == 20) {
      return fail(Fault::corrupt, "used badly");
    }
    return Squares::use(slot);
  }

  Result<void> use_part(std::size_t slot, std::size_t part) override {
    if (step_ == Step::part && ++calls_ == 20) {
      return fail(Fault::corrupt, "used in part");
    }
    return Squares::use_part(slot, part);
  }

 private:
  Step step_;
  std::atomic<int> calls_{0};
};

TEST(OrderedWork, AFailureOfAnyStepEndsTheRunAndIsReturned) {
  struct Case {
    Step step;
    Fault fault;
    const char* message;
  };

  for (const Case& each : {Case{Step::make, Fault::corrupt, "made badly"},
                           Case{Step::work, Fault::corrupt, "worked badly"},
                           Case{Step::use, Fault::corrupt, "used badly"},
                           Case{Step::part, Fault::corrupt, "used in part"},
                           Case{Step::throws, Fault::io, "thrown"}}) {
    for (const std::size_t threads : {1U, 4U}) {
      Failing failing(each.step, threads + 2);
      const auto outcome = run_in_order(failing, {threads, threads + 2, "failing"});
      ASSERT_FALSE(outcome) << each.message;
      EXPECT_EQ(outcome.error().fault(), each.fault);
      EXPECT_EQ(outcome.error().message(), each.message);
    }
  }
}

}  // namespace
}  // namespace sluice
