// Brings the ledger of a data directory in line with what is in its buckets, after rows of the
// ledger were damaged or lost, or an older sluice.db was brought back.
//
//   auto recovery = Recovery::prepare(options);   // looks, says what it found; holds the directory
//   recovery->write();                            // in one transaction, the old file kept aside
#pragma once

#include "base/file_lock.h"
#include "base/result.h"
#include "proof/rebuild.h"
#include "proof/survey.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::proof {

struct RecoveryOptions {
  std::string data_directory;
  bool redelivers_missing = false;                       // as in RebuildRequest
  std::function<void(std::uint64_t bytes)> on_progress;  // bytes of objects read so far
};

class Recovery {
 public:
  // Fault::conflict while a server holds the directory; Fault::missing or Fault::corrupt, with what
  // to do, when sluice.db is gone or its definitions cannot be read.  Logs of streams whose marks
  // are lost are opened as a start does it: what a crash left torn is cut off and kept aside.
  static Result<std::unique_ptr<Recovery>> prepare(const RecoveryOptions& options);

  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  struct Item {
    store::DeliveryId delivery;
    Rebuilt rebuilt;
  };

  // The delivery streams that need it; by name.
  const std::vector<Item>& items() const { return items_; }

  // No item may have refusals.  Returns where the old sluice.db lies.
  Result<std::string> write();

 private:
  Recovery(std::string data_directory, FileLock lock)
      : data_directory_(std::move(data_directory)), lock_(std::move(lock)) {}

  Result<void> rebuild_all(const Facts& facts, const RecoveryOptions& options);

  std::string data_directory_;
  FileLock lock_;
  std::vector<Item> items_;
};

}  // namespace sluice::proof
