// Delivery into the buckets of another S3.
//
// An object is put whole under the name and with the bytes of its plan, and put again after any
// failure.  So it does no harm that a request which timed out may take effect minutes later, that a
// failure may be answered after success, or that a completed upload in parts replaces an object in
// spite of If-None-Match: whatever comes late brings the same bytes.
//
// Each object carries x-amz-meta-sluice-sha256, the digest of its plan, by which it is known again
// where the spool file is gone.
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "delivery/world.h"
#include "s3/client.h"
#include "s3/pace.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace sluice::s3 {

// Thread-safe; a put blocks its thread for as long as the settings' patience.
class RemoteSink final : public delivery::Sink {
 public:
  // `files`, `clock` and `random` (thread-safe) must outlive it; the patience's is_stopped is set
  // here.
  RemoteSink(S3ClientSettings settings,
             Exchange exchange,
             CredentialsSource credentials,
             FileSystem& files,
             const Clock& clock,
             Random& random);

  // Tries once; faults as s3/remote_failure.h has them.  Fault::missing, too, when neither the
  // spool file nor the object is there; Fault::conflict when the name is taken by other bytes.
  // Signs of overload make all puts of this sink wait for each other, some seconds at most.
  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override;

  // Some at once, as many as puts_at_once; after a failure one alone, until it succeeds.
  Outcome put_all(std::span<const Sealed> sealed) override;

  static constexpr std::size_t puts_at_once = 8;

  // Puts under way break off, and later ones fail: Fault::cancelled.
  void stop();

 private:
  // Shared with the client, which asks it from other threads.
  struct Stop;

  Result<void> wait_for_turn();
  Result<void> put_once(const delivery::ObjectPlan& plan, const std::string& spool_path) const;
  Result<void> confirm(const delivery::ObjectPlan& plan) const;
  void note(const Result<void>& done);
  Error as_before(const std::string& place, Error error);

  FileSystem& files_;
  const Clock& clock_;
  Random& random_;
  const std::shared_ptr<Stop> stop_;
  const S3Client client_;
  std::mutex mutex_;  // guards those below
  Pace pace_;
  bool has_failed_ = false;                // the last put
  std::map<std::string, Error> failures_;  // by place: what the last try said
};

}  // namespace sluice::s3
