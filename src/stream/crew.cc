#include "stream/crew.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace sluice::stream {

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Crew::share(std::size_t items, const std::function<void(std::size_t)>& work) {
  const std::size_t helpers = std::min(threads_max_, items == 0 ? 0 : items - 1);
  grow(helpers);
  std::unique_lock lock(mutex_);
  work_ = &work;
  items_ = items;
  next_ = 0;
  finished_ = 0;
  for (std::size_t i = 0; i < helpers; ++i) {
    wake_.notify_one();
  }
  take_items(lock);
  done_.wait(lock, [this] { return finished_ == items_; });
  work_ = nullptr;
}

// The system may refuse a thread; those that are there do the work then.
void Crew::grow(std::size_t threads) {
  try {
    while (threads_.size() < threads) {
      threads_.emplace_back([this] { run(); });
    }
  } catch (const std::system_error&) {
    return;
  }
}

void Crew::run() {
  pthread_setname_np(pthread_self(), "sluice-sync");
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || next_ < items_; });
    if (stopping_) {
      return;
    }
    take_items(lock);
  }
}

void Crew::take_items(std::unique_lock<std::mutex>& lock) {
  while (next_ < items_) {
    const std::size_t item = next_++;
    const auto& work = *work_;
    lock.unlock();
    work(item);
    lock.lock();
    if (++finished_ == items_) {
      done_.notify_one();
    }
  }
}

}  // namespace sluice::stream
