#include "server/data_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::server {
namespace {

namespace fs = std::filesystem;

TEST(DataUsage, CountsEverythingButLogsAndTheReserveAndFollowsWhatChanges) {
  const fs::path folder =
      fs::temp_directory_path() / ("data_usage_test." + std::to_string(::getpid()));
  fs::create_directories(folder / "streams/one");
  fs::create_directories(folder / "buckets/b/streams");
  const auto write = [&](const char* name, std::size_t bytes) {
    std::ofstream(folder / name) << std::string(bytes, 'x');
  };
  write("sluice.db", 100);
  write("reserve", 5000);
  write("streams/one/1.log", 10'000);
  write("buckets/b/streams/object", 23);
  fs::create_symlink(folder / "sluice.db", folder / "link");
  {
    const DataUsage usage(folder, std::chrono::milliseconds(1));
    EXPECT_EQ(usage.bytes_beside_logs(), 123U);
    write("buckets/b/more", 1000);
    while (usage.bytes_beside_logs() != 1123) {
      std::this_thread::yield();
    }
  }
  fs::remove_all(folder);
  EXPECT_EQ(DataUsage(folder).bytes_beside_logs(), 0U) << "a directory that is gone";
}

}  // namespace
}  // namespace sluice::server
