// Written anew with each name: there are few.
#include "server/remote_buckets.h"

#include <utility>

namespace sluice::server {
namespace {

std::string path_of(const std::string& data_directory) {
  return join_path(data_directory, "remote-buckets");
}

}  // namespace

Result<std::set<std::string>> load_remote_buckets(FileSystem& files,
                                                  const std::string& data_directory) {
  const std::string path = path_of(data_directory);
  std::set<std::string> names;
  if (!files.exists(path)) {
    return names;
  }
  SLUICE_TRY(text, read_file(files, path));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      names.insert(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return names;
}

Result<RemoteBuckets> RemoteBuckets::load(FileSystem& files, std::string data_directory) {
  SLUICE_TRY(names, load_remote_buckets(files, data_directory));
  return RemoteBuckets(files, std::move(data_directory), std::move(names));
}

RemoteBuckets::RemoteBuckets(FileSystem& files,
                             std::string data_directory,
                             std::set<std::string> names)
    : files_(files), data_directory_(std::move(data_directory)), names_(std::move(names)) {}

RemoteBuckets::RemoteBuckets(RemoteBuckets&& other) noexcept
    : files_(other.files_),
      data_directory_(std::move(other.data_directory_)),
      names_(std::move(other.names_)) {}

Result<void> RemoteBuckets::add(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  if (names_.contains(bucket)) {
    return {};
  }
  Bytes text;
  for (const std::string& name : names_) {
    text += name + "\n";
  }
  SLUICE_TRY_DO(replace_file(files_, path_of(data_directory_), text + bucket + "\n"));
  names_.insert(bucket);
  return {};
}

}  // namespace sluice::server
