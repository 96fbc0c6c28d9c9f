// How many bytes lie in a data directory, apart from the logs of its streams, which are counted
// exactly by those who write them, and from the reserve, which is room and not data.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace sluice::server {

// Walks over the directory once when it is made and then again and again on a thread of its own,
// `pause` after the last walk, or longer if a walk takes more than a twentieth of that.
// Thread-safe.
class DataUsage {
 public:
  explicit DataUsage(std::string directory,
                     std::chrono::milliseconds pause = std::chrono::seconds(1));
  ~DataUsage();
  DataUsage(const DataUsage&) = delete;
  DataUsage& operator=(const DataUsage&) = delete;

  // As the last walk found them that came through.
  std::uint64_t bytes_beside_logs() const { return bytes_; }

 private:
  void run();
  void walk();

  const std::string directory_;
  const std::chrono::milliseconds pause_;
  std::atomic<std::uint64_t> bytes_ = 0;

  std::mutex mutex_;  // guards the two below
  std::condition_variable wake_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace sluice::server
