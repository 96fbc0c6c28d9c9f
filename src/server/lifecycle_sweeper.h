// Applies the lifecycle rules of buckets, on a thread of its own: once when it is made, after each
// change of a rule, and every hour.
#pragma once

#include "s3/lifecycles.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace sluice::server {

class LifecycleSweeper {
 public:
  // `report` takes a line for the log: what was removed, or why nothing could be.  Borrows
  // `lifecycles`, whose changes it hears of.
  LifecycleSweeper(s3::Lifecycles& lifecycles,
                   std::function<void(const std::string& line)> report,
                   std::chrono::milliseconds pause = std::chrono::hours(1));
  ~LifecycleSweeper();
  LifecycleSweeper(const LifecycleSweeper&) = delete;
  LifecycleSweeper& operator=(const LifecycleSweeper&) = delete;

 private:
  void run();
  void sweep();

  s3::Lifecycles& lifecycles_;
  const std::function<void(const std::string&)> report_;
  const std::chrono::milliseconds pause_;

  std::mutex mutex_;  // guards those below
  std::condition_variable wake_;
  bool is_wanted_ = true;
  bool is_stopping_ = false;

  std::thread thread_;
};

}  // namespace sluice::server
