// Where an object goes by its bucket: into another S3 that a table [[s3]] names, or into the local
// bucket.
#pragma once

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/world.h"
#include "s3/remote_sink.h"
#include "server/remote_buckets.h"
#include "server/s3_setting.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// Thread-safe.
class BucketSinks final : public delivery::Sink {
 public:
  struct Needs {
    std::string data_directory;
    delivery::Sink& local;
    FileSystem& files;
    const Clock& clock;
    Random& random;              // thread-safe
    aws::ClientSources sources;  // for keys that the settings do not hold
  };

  // Everything in `needs` must outlive it.  Fault::invalid, with the place of the table, for a file
  // it names that cannot be read.  Asks no network.
  static Result<std::unique_ptr<BucketSinks>> open(std::vector<S3Setting> settings, Needs needs);

  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override;
  Outcome put_all(std::span<const Sealed> sealed) override;

  // Whether a put into it may take as long as a network does.
  bool is_remote(std::string_view bucket) const;

  // Puts into other S3s that are under way break off, later ones fail.
  void stop();

 private:
  BucketSinks(std::vector<S3Setting> settings, Needs needs, RemoteBuckets remembered);

  s3::RemoteSink* remote_of(std::string_view bucket) const;

  const Needs needs_;
  const std::vector<S3Setting> settings_;
  RemoteBuckets remembered_;
  std::vector<std::unique_ptr<s3::RemoteSink>> remotes_;  // one for each setting
};

// The environment of this process and the files of this machine.
aws::ClientSources sources_of_process(FileSystem& files);

}  // namespace sluice::server
