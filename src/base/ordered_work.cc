// Work in three steps on a few threads.
#include "base/ordered_work.h"

#include "base/check.h"

#include <pthread.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

// What a slot waits for.
enum class Wait : std::uint8_t {
  nothing,  // it is free, or a thread has it
  work,
  use
};

struct Slot {
  Wait waits_for = Wait::nothing;
  bool is_last_round = false;
};

class OrderedWork {
 public:
  OrderedWork(OrderedSteps& steps, std::size_t slots) : steps_(steps), slots_(slots) {}

  // Until everything is done; in each of the threads.
  void run(std::size_t thread);

  // After all threads are back.
  Result<void> outcome();

 private:
  // Runs a step without the lock; nothing when it failed.
  template <class Step>
  auto without_lock(std::unique_lock<std::mutex>& lock, Step step)
      -> std::optional<typename decltype(step())::value_type>;

  void make_next(std::unique_lock<std::mutex>& lock);
  void work_on(std::unique_lock<std::mutex>& lock, std::size_t slot, std::size_t thread);
  void use_next(std::unique_lock<std::mutex>& lock);
  void use_part(std::unique_lock<std::mutex>& lock);
  std::optional<std::size_t> next_to_work() const;

  bool is_over() const { return failure_ || (is_at_end_ && used_ == made_); }

  // Not while it is being used: then the slot waits for nothing.
  bool can_use() const {
    return used_ < made_ && slots_[used_ % slots_.size()].waits_for == Wait::use;
  }

  bool can_use_part() const { return parts_begun_ < parts_; }

  bool can_make() const { return !is_making_ && !is_at_end_ && made_ - used_ < slots_.size(); }

  OrderedSteps& steps_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Slot> slots_;  // item n is in slot n % slots
  std::uint64_t made_ = 0;   // items
  std::uint64_t used_ = 0;
  bool is_making_ = false;
  std::size_t parts_ = 0;  // that use() has asked for
  std::size_t parts_begun_ = 0;
  std::size_t parts_done_ = 0;
  bool is_at_end_ = false;
  std::optional<Error> failure_;
};

void OrderedWork::run(std::size_t thread) {
  std::unique_lock lock(mutex_);
  while (!is_over()) {
    if (can_use_part()) {
      use_part(lock);
    } else if (can_use()) {
      use_next(lock);
    } else if (const auto slot = next_to_work()) {
      work_on(lock, *slot, thread);
    } else if (can_make()) {
      make_next(lock);
    } else {
      changed_.wait(lock);
      continue;
    }
    changed_.notify_all();
  }
}

Result<void> OrderedWork::outcome() {
  return failure_ ? std::unexpected(*std::move(failure_)) : Result<void>();
}

template <class Step>
auto OrderedWork::without_lock(std::unique_lock<std::mutex>& lock, Step step)
    -> std::optional<typename decltype(step())::value_type> {
  lock.unlock();
  decltype(step()) result = fail(Fault::io, "");
  try {
    result = step();
  } catch (const std::exception& error) {
    result = fail(Fault::io, error.what());
  }
  lock.lock();
  if (result) {
    return *result;
  }
  if (!failure_) {
    failure_ = std::move(result).error();
  }
  return std::nullopt;
}

void OrderedWork::make_next(std::unique_lock<std::mutex>& lock) {
  const std::size_t slot = made_ % slots_.size();
  SLUICE_CHECK(slots_[slot].waits_for == Wait::nothing);
  is_making_ = true;
  const auto is_made = without_lock(lock, [&] { return steps_.make(slot); });
  is_making_ = false;
  if (is_made && *is_made) {
    slots_[slot].waits_for = Wait::work;
    ++made_;
  } else {
    is_at_end_ = true;
  }
}

void OrderedWork::work_on(std::unique_lock<std::mutex>& lock,
                          std::size_t slot,
                          std::size_t thread) {
  slots_[slot].waits_for = Wait::nothing;
  const auto is_last_round = without_lock(lock, [&] { return steps_.work(slot, thread); });
  slots_[slot].waits_for = Wait::use;
  slots_[slot].is_last_round = is_last_round.value_or(true);
}

void OrderedWork::use_next(std::unique_lock<std::mutex>& lock) {
  const std::size_t slot = used_ % slots_.size();
  slots_[slot].waits_for = Wait::nothing;
  const auto parts = without_lock(lock, [&] { return steps_.use(slot); });
  if (!parts) {
    return;
  }
  if (*parts > 0) {
    parts_ = *parts;
    parts_begun_ = 0;
    parts_done_ = 0;
  } else if (slots_[slot].is_last_round) {
    ++used_;
  } else {
    slots_[slot].waits_for = Wait::work;
  }
}

void OrderedWork::use_part(std::unique_lock<std::mutex>& lock) {
  const std::size_t slot = used_ % slots_.size();
  const std::size_t part = parts_begun_++;
  const auto is_done = without_lock(lock, [&]() -> Result<bool> {
    SLUICE_TRY_DO(steps_.use_part(slot, part));
    return true;
  });
  if (is_done && ++parts_done_ == parts_) {
    parts_ = 0;
    parts_begun_ = 0;
    slots_[slot].waits_for = Wait::use;
  }
}

// The oldest first: it is the one that use() waits for.
std::optional<std::size_t> OrderedWork::next_to_work() const {
  for (std::uint64_t item = used_; item < made_; ++item) {
    const std::size_t slot = item % slots_.size();
    if (slots_[slot].waits_for == Wait::work) {
      return slot;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> run_in_order(OrderedSteps& steps, const OrderedWorkLimits& limits) {
  SLUICE_CHECK(limits.threads > 0);
  SLUICE_CHECK(limits.slots >= limits.threads);
  OrderedWork work(steps, limits.slots);
  std::vector<std::thread> threads;
  threads.reserve(limits.threads - 1);
  for (std::size_t thread = 1; thread < limits.threads; ++thread) {
    threads.emplace_back([&work, &limits, thread] {
      pthread_setname_np(pthread_self(), limits.thread_name.c_str());
      work.run(thread);
    });
  }
  work.run(0);
  for (std::thread& thread : threads) {
    thread.join();
  }
  return work.outcome();
}

}  // namespace sluice
