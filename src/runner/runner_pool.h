// Named threads that drive any number of delivery runners: a fixed number of them, shared, and one
// more for each runner that can be slow, so that its records hold up nobody else.
//
// A runner waits in one of three places: ready (its turn comes in order), timed (until its steady
// time), or asleep (until it is woken).  At most one thread steps a runner at a time.
#pragma once

#include "base/clock.h"
#include "runner/delivery_runner.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::runner {

// Thread-safe.
class RunnerPool {
 public:
  // 0 shared threads: one fewer than the machine has cores, at least one.  `clock` must outlive the
  // pool and its steady() be the time that std::chrono::steady_clock counts (a ManualClock needs
  // poke()).
  explicit RunnerPool(const Clock& clock, std::size_t threads = 0);

  // Stops as stop() does.
  ~RunnerPool();
  RunnerPool(const RunnerPool&) = delete;
  RunnerPool& operator=(const RunnerPool&) = delete;

  // Takes the runner over and begins to drive it.  Its name must not be taken.
  void add(std::unique_ptr<DeliveryRunner> runner);

  // nullptr if there is none.  Shared, so that a caller may look at it while it is removed.
  std::shared_ptr<DeliveryRunner> find(std::string_view name) const;
  std::vector<std::shared_ptr<DeliveryRunner>> all() const;

  // What happens to what the runner holds.
  enum class Removal : std::uint8_t { leave, discard };

  // Ends the runner and waits until no thread is in it.  No such runner: nothing happens.
  void remove(std::string_view name, Removal removal);

  // Has every runner deliver what is readable now and waits until they have, or until the steady
  // time `deadline`.  Returns the names of those that have not; they go on trying.
  std::vector<std::string> drain_all(std::chrono::nanoseconds deadline);

  // Ends every runner, leaving what is not planned in the log, and joins the threads.  Calls of
  // add() after it are refused by a check.
  void stop();

  // Looks at the clock again: for clocks that are moved by hand.
  void poke();

  // Those that are shared.
  std::size_t threads() const { return shared_.threads.size(); }

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  // Threads, and the runners that wait for them.
  struct Lane {
    std::condition_variable work;  // something is ready, a timer moved, or it is closing
    std::deque<EntryPtr> ready;
    std::multimap<std::chrono::nanoseconds, EntryPtr> timers;
    bool is_closing = false;
    std::vector<std::thread> threads;
  };

  struct Entry {
    std::shared_ptr<DeliveryRunner> runner;
    std::unique_ptr<Lane> own;  // of one that can be slow
    Lane* lane = nullptr;
    bool is_ready = false;    // stands in the lane's
    bool is_running = false;  // a thread is in it
    bool is_woken = false;    // woken while running
    bool is_ended = false;
    bool is_broken = false;
    std::chrono::nanoseconds timer{std::chrono::nanoseconds::max()};
  };

  void open_lane(Lane& lane, std::size_t threads, const std::string& thread_name);
  static void join(Lane& lane);
  void work(Lane& lane);
  void wake(const EntryPtr& entry);
  void make_ready(const EntryPtr& entry);
  void collect_due(Lane& lane);
  void cancel_timer(const EntryPtr& entry);
  void settle(const EntryPtr& entry, NextStep next);
  bool wait_for_work(Lane& lane, std::unique_lock<std::mutex>& lock);

  const Clock& clock_;
  mutable std::mutex mutex_;         // guards those below, and what is in lanes but their threads
  std::condition_variable changed_;  // a runner ended or left its thread
  std::map<std::string, EntryPtr, std::less<>> entries_;
  bool is_stopping_ = false;
  Lane shared_;
};

}  // namespace sluice::runner
