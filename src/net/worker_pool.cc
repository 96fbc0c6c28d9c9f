// A fixed set of threads for what may block.
#include "net/worker_pool.h"

#include "base/check.h"

#include <pthread.h>

#include <utility>

namespace sluice::net {

WorkerPool::WorkerPool(std::size_t threads) {
  SLUICE_CHECK(threads > 0);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  SLUICE_CHECK(jobs_.empty());
}

void WorkerPool::post(Job job) {
  SLUICE_CHECK(job != nullptr);
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void WorkerPool::run() {
  pthread_setname_np(pthread_self(), "sluice-work");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) {
      return;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    // What the job holds goes on this thread too, and not under the lock.
    job = nullptr;
    lock.lock();
  }
}

}  // namespace sluice::net
