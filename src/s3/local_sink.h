// Delivery into the local bucket: the spool file becomes the object by a rename.
#pragma once

#include "delivery/world.h"
#include "s3/local_store.h"

#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace sluice::s3 {

// Thread-safe.  Borrows the store.
class LocalSink final : public delivery::Sink {
 public:
  // `report` gets a line, once per bucket, when an object cannot stand in the bucket's tree; it may
  // be empty and is called on any thread.
  explicit LocalSink(LocalStore& store, std::function<void(const std::string& line)> report = {})
      : store_(store), report_(std::move(report)) {}

  // Fault::missing when the bucket does not exist (it may be created later), or when neither the
  // spool file nor the object is there.  When the spool file is gone and the object holds its very
  // bytes, an earlier call had done it.
  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override;
  Outcome put_all(std::span<const Sealed> sealed) override;

 private:
  void tell_of_escaped(const delivery::ObjectPlan& plan);

  LocalStore& store_;
  const std::function<void(const std::string& line)> report_;
  std::mutex mutex_;  // guards those below
  std::set<std::string> told_;
};

}  // namespace sluice::s3
