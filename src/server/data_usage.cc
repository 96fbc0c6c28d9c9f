// Walking over the data directory.
#include "server/data_usage.h"

#include "stream/disk_reserve.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sluice::server {
namespace {

constexpr int pauses_per_walk = 20;

}  // namespace

DataUsage::DataUsage(std::string directory, std::chrono::milliseconds pause)
    : directory_(std::move(directory)), pause_(pause) {
  walk();
  thread_ = std::thread([this] { run(); });
}

DataUsage::~DataUsage() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// Files come and go meanwhile: one that is gone counts as nothing, a folder that goes while it is
// read ends the walk, and the next one tells.
void DataUsage::walk() {
  namespace fs = std::filesystem;
  const fs::path logs = fs::path(directory_) / "streams";
  const fs::path reserve = fs::path(directory_) / stream::reserve_file_name;
  std::uint64_t bytes = 0;
  std::error_code failed;
  fs::recursive_directory_iterator entry(
      directory_, fs::directory_options::skip_permission_denied, failed);
  while (!failed && entry != fs::recursive_directory_iterator()) {
    std::error_code gone;
    if (entry->path() == logs) {
      entry.disable_recursion_pending();
    } else if (entry->path() != reserve &&
               entry->symlink_status(gone).type() == fs::file_type::regular) {
      const std::uintmax_t size = entry->file_size(gone);
      bytes += gone ? 0 : size;
    }
    entry.increment(failed);
  }
  if (!failed) {
    bytes_ = bytes;
  }
}

void DataUsage::run() {
  pthread_setname_np(pthread_self(), "sluice-usage");
  std::chrono::steady_clock::duration pause = pause_;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    const auto begun = std::chrono::steady_clock::now();
    walk();
    pause = std::max<std::chrono::steady_clock::duration>(
        pause_, pauses_per_walk * (std::chrono::steady_clock::now() - begun));
    lock.lock();
  }
}

}  // namespace sluice::server
