#include "base/errand.h"

#include "base/check.h"

#include <pthread.h>

#include <system_error>
#include <utility>

namespace sluice {

struct Helpers::Work {
  enum class Stage : std::uint8_t { waits, taken, done };

  explicit Work(std::move_only_function<void()> call) : call(std::move(call)) {}

  // Whether the caller is the one to do it, or to drop it.
  bool take() {
    const std::lock_guard lock(mutex);
    if (stage != Stage::waits) {
      return false;
    }
    stage = Stage::taken;
    return true;
  }

  void do_it() {
    call();
    // What the work holds ends with it.
    call = nullptr;
    {
      const std::lock_guard lock(mutex);
      stage = Stage::done;
    }
    changed.notify_all();
  }

  bool is_done() {
    const std::lock_guard lock(mutex);
    return stage == Stage::done;
  }

  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stage == Stage::done; });
  }

  std::move_only_function<void()> call;
  std::mutex mutex;
  std::condition_variable changed;
  Stage stage = Stage::waits;
};

Helpers::Helpers(std::size_t threads, std::string name)
    : threads_max_(threads), name_(std::move(name)) {}

Helpers::~Helpers() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

// The system may refuse a thread; those that are there do the work then, or who needs it.
void Helpers::post(std::shared_ptr<Work> work) {
  {
    const std::lock_guard lock(mutex_);
    SLUICE_CHECK(!is_stopping_);
    try {
      while (threads_.size() < threads_max_) {
        threads_.emplace_back([this] { run(); });
      }
    } catch (const std::system_error&) {
      if (threads_.empty()) {
        return;
      }
    }
    posted_.push_back(std::move(work));
  }
  changed_.notify_one();
}

// Takes the first that waits and does it; false if none does.
bool Helpers::do_one() {
  std::shared_ptr<Work> work;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.empty()) {
      return false;
    }
    work = std::move(posted_.front());
    posted_.pop_front();
  }
  if (work->take()) {
    work->do_it();
  }
  return true;
}

void Helpers::run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !posted_.empty(); });
    if (is_stopping_) {
      return;
    }
    lock.unlock();
    do_one();
    lock.lock();
  }
}

Errand::~Errand() {
  if (work_ == nullptr) {
    return;
  }
  if (work_->take()) {
    work_->call = nullptr;
  } else {
    work_->wait();
  }
}

void Errand::begin(Helpers* helpers, std::move_only_function<void()> work) {
  finish();
  if (helpers == nullptr || helpers->threads_max_ == 0) {
    work();
    return;
  }
  helpers_ = helpers;
  work_ = std::make_shared<Helpers::Work>(std::move(work));
  helpers->post(work_);
}

void Errand::finish() {
  if (work_ == nullptr) {
    return;
  }
  if (work_->take()) {
    work_->do_it();
  }
  while (!work_->is_done()) {
    if (!helpers_->do_one()) {
      work_->wait();
    }
  }
  work_.reset();
}

}  // namespace sluice
