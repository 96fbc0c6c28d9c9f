// The names of the buckets of other S3s that objects have been put into, as the data directory
// remembers them: whoever compares the ledger with the buckets must not take these objects for
// missing.
//
// A file of one name a line, which outlives sluice.db.  Names are added and never go.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <mutex>
#include <set>
#include <string>

namespace sluice::server {

// None where there is no such file.
Result<std::set<std::string>> load_remote_buckets(FileSystem& files,
                                                  const std::string& data_directory);

// Thread-safe.
class RemoteBuckets {
 public:
  // `files` must outlive it.
  static Result<RemoteBuckets> load(FileSystem& files, std::string data_directory);

  // Durable when it returns success; of one that is known it costs nothing.
  Result<void> add(const std::string& bucket);

  RemoteBuckets(RemoteBuckets&& other) noexcept;

 private:
  RemoteBuckets(FileSystem& files, std::string data_directory, std::set<std::string> names);

  FileSystem& files_;
  std::string data_directory_;
  std::mutex mutex_;  // guards those below
  std::set<std::string> names_;
};

}  // namespace sluice::server
