// The lifecycle rules of buckets, kept in the store, and what they end.
#pragma once

#include "base/clock.h"
#include "s3/lifecycle.h"
#include "s3/local_store.h"
#include "s3/multipart.h"
#include "store/definitions.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sluice::s3 {

// Thread-safe.  All calls block on the disk.  Those that name a bucket say no_such_bucket.
class Lifecycles {
 public:
  // Borrows all of them.
  Lifecycles(LocalStore& store,
             MultipartUploads& uploads,
             store::Database& database,
             const Clock& clock)
      : store_(store), uploads_(uploads), definitions_(database), clock_(clock) {}

  // Called after each change; set once, before the first.
  void on_change(std::function<void()> call) { changed_ = std::move(call); }

  S3Result<void> set(const std::string& bucket, const std::vector<LifecycleRule>& rules);

  // no_such_lifecycle_configuration.
  S3Result<std::vector<LifecycleRule>> find(const std::string& bucket);

  // One that has none is as good.
  S3Result<void> remove(const std::string& bucket);

  struct Ended {
    std::uint64_t objects = 0;
    std::uint64_t uploads = 0;
  };

  // Removes what the rules of all buckets end by now.  An object that is put anew meanwhile stays.
  Result<Ended> sweep();

 private:
  S3Result<void> end_objects(const std::string& bucket, const LifecycleRule& rule, Ended& ended);
  S3Result<void> end_uploads(const std::string& bucket, const LifecycleRule& rule, Ended& ended);

  LocalStore& store_;
  MultipartUploads& uploads_;
  store::Definitions definitions_;
  const Clock& clock_;
  std::function<void()> changed_;
};

}  // namespace sluice::s3
