// Delivery into the local bucket: the spool file becomes the object by a rename.
#pragma once

#include "delivery/world.h"
#include "s3/local_store.h"

#include <string>

namespace sluice::s3 {

// Thread-safe.  Borrows the store.
class LocalSink final : public delivery::Sink {
 public:
  explicit LocalSink(LocalStore& store) : store_(store) {}

  // Fault::missing when the bucket does not exist (it may be created later), or when neither the
  // spool file nor the object is there.  When the spool file is gone and the object holds its very
  // bytes, an earlier call had done it.
  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override;

 private:
  LocalStore& store_;
};

}  // namespace sluice::s3
