#include "server/lifecycle_sweeper.h"

#include "base/count_text.h"

#include <fmt/format.h>
#include <pthread.h>

#include <utility>

namespace sluice::server {

LifecycleSweeper::LifecycleSweeper(s3::Lifecycles& lifecycles,
                                   std::function<void(const std::string& line)> report,
                                   std::chrono::milliseconds pause)
    : lifecycles_(lifecycles), report_(std::move(report)), pause_(pause) {
  lifecycles_.on_change([this] {
    {
      const std::lock_guard lock(mutex_);
      is_wanted_ = true;
    }
    wake_.notify_all();
  });
  thread_ = std::thread([this] { run(); });
}

LifecycleSweeper::~LifecycleSweeper() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LifecycleSweeper::run() {
  pthread_setname_np(pthread_self(), "sluice-life");
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    is_wanted_ = false;
    lock.unlock();
    sweep();
    lock.lock();
    wake_.wait_for(lock, pause_, [this] { return is_stopping_ || is_wanted_; });
  }
}

void LifecycleSweeper::sweep() {
  const auto ended = lifecycles_.sweep();
  if (!ended) {
    report_(fmt::format("lifecycle: {}", ended.error().message()));
  } else if (ended->objects + ended->uploads > 0) {
    report_(fmt::format("lifecycle: {} and {} removed by their age",
                        counted(ended->objects, "object", "objects"),
                        counted(ended->uploads, "upload in parts", "uploads in parts")));
  }
}

}  // namespace sluice::server
