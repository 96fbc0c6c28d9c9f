// Brings the ledger of a data directory in line with what is in its buckets, after rows of the
// ledger were damaged or lost, or an older sluice.db was brought back; makes a sluice.db where
// there is none that can be read (restore.h).
//
//   auto recovery = Recovery::prepare(options);   // looks, says what it found; holds the directory
//   recovery->write();                            // in one transaction, the old file kept aside
#pragma once

#include "base/file_lock.h"
#include "base/result.h"
#include "proof/rebuild.h"
#include "proof/restore.h"
#include "proof/survey.h"
#include "store/database.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::proof {

struct RecoveryOptions {
  std::string data_directory;
  bool redelivers_missing = false;  // as in RebuildRequest

  // What the streams and delivery streams were; used only where sluice.db cannot be read.
  std::optional<server::Config> config;
  std::string config_name;
  std::map<std::string, std::string> stated;             // as in RestoreRequest
  std::function<void(std::uint64_t bytes)> on_progress;  // bytes of objects read so far
};

class Recovery {
 public:
  // Fault::unsupported where it would have to know what is in a bucket of another S3.
  // Fault::conflict while a server holds the directory; Fault::missing or Fault::corrupt, with what
  // to do, when sluice.db is gone or cannot be read and there is no `config`.  Logs of streams
  // whose marks are lost are opened as a start does it: what a crash left torn is cut off and kept
  // aside.
  static Result<std::unique_ptr<Recovery>> prepare(const RecoveryOptions& options);

  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  struct Item {
    store::DeliveryId delivery;
    Rebuilt rebuilt;
  };

  // The delivery streams that need it; by name.
  const std::vector<Item>& items() const { return items_; }

  // Where there was no sluice.db to read: what is made in its place.
  const std::optional<Restored>& restored() const { return restored_; }

  // Objects that are delivered and not in the bucket, and their records; left as they are.
  std::uint64_t removed_objects() const { return removed_objects_; }

  std::uint64_t removed_records() const { return removed_records_; }

  // Nothing may have refusals.  Returns where the old sluice.db lies; empty: there was none.
  Result<std::string> write();

 private:
  Recovery(std::string data_directory, FileLock lock)
      : data_directory_(std::move(data_directory)), lock_(std::move(lock)) {}

  struct Defined;

  Result<void> restore_all(const RecoveryOptions& options, const std::string& why);
  Result<void> rebuild_stored(const Facts& facts, const RecoveryOptions& options);
  void rebuild_all(const Facts& facts, const RecoveryOptions& options, const Defined& defined);
  void rebuild_leg(const delivery::DeliveryStream& leg,
                   const Facts& facts,
                   const RecoveryOptions& options,
                   const Defined& defined);
  Result<void> write_items(store::Transaction& transaction) const;
  Result<void> write_new(const std::string& path) const;

  std::string data_directory_;
  FileLock lock_;
  std::vector<Item> items_;
  std::optional<Restored> restored_;
  std::uint64_t removed_objects_ = 0;
  std::uint64_t removed_records_ = 0;
};

}  // namespace sluice::proof
