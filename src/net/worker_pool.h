// A fixed set of threads for what may block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::net {

// Runs jobs in the order they were posted, several at a time.  The queue is unbounded: who posts
// bounds it (here one job per connection).  post() is thread-safe.
class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  // The threads start at once; threads > 0.
  explicit WorkerPool(std::size_t threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs what was posted, then joins.
  ~WorkerPool();

  // `job` must not throw.
  void post(Job job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::net
