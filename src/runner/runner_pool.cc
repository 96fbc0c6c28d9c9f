// Scheduling: one lock, short critical sections; a runner's own work happens outside of it.
//
// A runner's wake-up comes with locks of its source and of the runner held, so nothing here calls
// into a runner while the pool's lock is held.
#include "runner/runner_pool.h"

#include "base/check.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace sluice::runner {

namespace {

std::size_t default_threads() {
  const std::size_t cores = std::thread::hardware_concurrency();
  return cores > 1 ? cores - 1 : 1;
}

}  // namespace

RunnerPool::RunnerPool(const Clock& clock, std::size_t threads) : clock_(clock) {
  open_lane(shared_, threads > 0 ? threads : default_threads(), "delivery");
}

RunnerPool::~RunnerPool() {
  stop();
}

void RunnerPool::open_lane(Lane& lane, std::size_t threads, const std::string& thread_name) {
  lane.threads.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    lane.threads.emplace_back([this, &lane] { work(lane); });
    const std::string name = fmt::format("{}-{}", thread_name, i);
    pthread_setname_np(lane.threads.back().native_handle(), name.c_str());
  }
}

void RunnerPool::join(Lane& lane) {
  for (std::thread& thread : lane.threads) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void RunnerPool::add(std::unique_ptr<DeliveryRunner> runner) {
  const auto entry = std::make_shared<Entry>();
  entry->runner = std::move(runner);
  entry->lane = &shared_;
  if (entry->runner->can_be_slow()) {
    entry->own = std::make_unique<Lane>();
    entry->lane = entry->own.get();
    open_lane(*entry->own, 1, "delivery-slow");
  }
  {
    const std::lock_guard lock(mutex_);
    SLUICE_CHECK(!is_stopping_);
    const bool is_new = entries_.emplace(entry->runner->name(), entry).second;
    SLUICE_CHECK(is_new);
  }
  entry->runner->on_wake([this, weak = std::weak_ptr<Entry>(entry)] {
    if (const auto known = weak.lock()) {
      wake(known);
    }
  });
  wake(entry);
}

std::shared_ptr<DeliveryRunner> RunnerPool::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second->runner;
}

std::vector<std::shared_ptr<DeliveryRunner>> RunnerPool::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<DeliveryRunner>> runners;
  for (const auto& [name, entry] : entries_) {
    runners.push_back(entry->runner);
  }
  return runners;
}

void RunnerPool::remove(std::string_view name, Removal removal) {
  EntryPtr entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return;
    }
    entry = found->second;
  }
  removal == Removal::discard ? entry->runner->discard() : entry->runner->stop();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [this, &entry] { return !entry->is_running && (entry->is_ended || is_stopping_); });
    entries_.erase(entry->runner->name());
    cancel_timer(entry);
    std::erase(entry->lane->ready, entry);
    if (is_stopping_) {
      return;  // stop() joins its thread
    }
    if (entry->own) {
      entry->own->is_closing = true;
      entry->own->work.notify_all();
    }
  }
  if (entry->own) {
    join(*entry->own);
  }
  entry->runner->on_wake({});
}

std::vector<std::string> RunnerPool::drain_all(std::chrono::nanoseconds deadline) {
  const auto runners = all();
  for (const auto& runner : runners) {
    runner->drain();
  }
  std::unique_lock lock(mutex_);
  const auto is_drained = [this] {
    return std::all_of(entries_.begin(), entries_.end(), [](const auto& entry) {
      return entry.second->is_ended || entry.second->is_broken;
    });
  };
  while (!is_drained() && !is_stopping_) {
    const auto left = deadline - clock_.steady();
    if (left <= std::chrono::nanoseconds(0)) {
      break;
    }
    changed_.wait_for(lock, left);
  }
  std::vector<std::string> undrained;
  for (const auto& [name, entry] : entries_) {
    if (!entry->is_ended) {
      undrained.push_back(name);
    }
  }
  return undrained;
}

void RunnerPool::stop() {
  const auto runners = all();
  for (const auto& runner : runners) {
    runner->stop();
  }
  std::map<std::string, EntryPtr, std::less<>> entries;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return is_stopping_ || std::all_of(entries_.begin(), entries_.end(), [](const auto& entry) {
               return entry.second->is_ended;
             });
    });
    is_stopping_ = true;
    shared_.is_closing = true;
    shared_.work.notify_all();
    changed_.notify_all();
    entries = entries_;
    for (const auto& [name, entry] : entries) {
      entry->lane->is_closing = true;
      entry->lane->work.notify_all();
    }
  }
  join(shared_);
  for (const auto& [name, entry] : entries) {
    join(*entry->lane);
    entry->runner->on_wake({});
  }
}

void RunnerPool::poke() {
  const std::lock_guard lock(mutex_);
  collect_due(shared_);
  shared_.work.notify_all();
  for (const auto& [name, entry] : entries_) {
    collect_due(*entry->lane);
    entry->lane->work.notify_all();
  }
  changed_.notify_all();
}

// --- scheduling ---

void RunnerPool::wake(const EntryPtr& entry) {
  const std::lock_guard lock(mutex_);
  if (entry->is_ended) {
    return;
  }
  if (entry->is_running) {
    entry->is_woken = true;
    return;
  }
  make_ready(entry);
}

void RunnerPool::make_ready(const EntryPtr& entry) {
  SLUICE_CHECK(!entry->is_running);
  cancel_timer(entry);
  if (!entry->is_ready) {
    entry->is_ready = true;
    entry->lane->ready.push_back(entry);
    entry->lane->work.notify_one();
  }
}

void RunnerPool::cancel_timer(const EntryPtr& entry) {
  auto& timers = entry->lane->timers;
  const auto [from, to] = timers.equal_range(entry->timer);
  const auto found =
      std::find_if(from, to, [&entry](const auto& timer) { return timer.second == entry; });
  if (found != to) {
    timers.erase(found);
  }
}

void RunnerPool::collect_due(Lane& lane) {
  const auto now = clock_.steady();
  while (!lane.timers.empty() && lane.timers.begin()->first <= now) {
    make_ready(EntryPtr(lane.timers.begin()->second));
  }
}

// Waits until something is ready; false when the lane closes.
bool RunnerPool::wait_for_work(Lane& lane, std::unique_lock<std::mutex>& lock) {
  while (!lane.is_closing) {
    collect_due(lane);
    if (!lane.ready.empty()) {
      return true;
    }
    if (lane.timers.empty()) {
      lane.work.wait(lock);
    } else {
      lane.work.wait_for(lock, lane.timers.begin()->first - clock_.steady());
    }
  }
  return false;
}

void RunnerPool::work(Lane& lane) {
  std::unique_lock lock(mutex_);
  while (wait_for_work(lane, lock)) {
    const EntryPtr entry = std::move(lane.ready.front());
    lane.ready.pop_front();
    entry->is_ready = false;
    entry->is_running = true;
    entry->is_woken = false;
    lock.unlock();
    const NextStep next = entry->runner->step();
    const RunnerState state = entry->runner->status().state;
    lock.lock();
    entry->is_running = false;
    entry->is_ended = state == RunnerState::ended;
    entry->is_broken = state == RunnerState::broken;
    settle(entry, next);
    changed_.notify_all();
  }
}

// Where a runner waits after its step.
void RunnerPool::settle(const EntryPtr& entry, NextStep next) {
  if (entry->is_ended) {
    return;
  }
  if (next.when == NextStep::When::now || entry->is_woken) {
    make_ready(entry);
  } else if (next.when == NextStep::When::at) {
    entry->timer = next.at;
    entry->lane->timers.emplace(next.at, entry);
    entry->lane->work.notify_one();
  }
}

}  // namespace sluice::runner
