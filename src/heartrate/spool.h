// Records on their way to a stream: on disk until the stream has them, in order, whatever ends.
//
//   append   written before it returns: survives the end of the process
//   sync     durable: survives the end of the machine
//   batch    which records go in one call, and under which invocation id, is durable before they
//            are sent; until it is settled the same batch comes again, so that a repeated call is
//            the same to the byte and the server can tell it from a new one
//   settle   the stream has them: durable, and their room is given back
//
// A folder of files <number>.spool, and nothing else in it.  Layout: docs/formats/spool.md.
#pragma once

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace sluice::heartrate {

struct SpoolOptions {
  std::uint64_t file_bytes = std::uint64_t{1} << 20;   // a longer file takes no more
  std::uint64_t tidy_bytes = std::uint64_t{64} << 10;  // nor does such a one when nothing waits
  std::size_t batch_records_max = 500;
  std::size_t batch_bytes_max = std::size_t{1} << 20;  // data and partition keys
};

// What open() found amiss.
struct SpoolReport {
  std::uint64_t torn_bytes = 0;  // at the end: a write that a crash met
  std::uint64_t damaged_bytes = 0;
  std::uint64_t lost_records = 0;  // kept once, and destroyed by the disk since
};

struct SpoolRecord {
  Bytes partition_key;
  Bytes data;

  friend bool operator==(const SpoolRecord&, const SpoolRecord&) = default;
};

// What goes in one call.  Value type.
struct SpoolBatch {
  std::string invocation;               // a UUID
  std::vector<std::uint64_t> ordinals;  // of the records
  std::vector<SpoolRecord> records;     // oldest first
  bool is_repeated = false;             // it may have been sent before
};

struct SpoolCounts {
  std::uint64_t waiting = 0;   // kept and not settled
  std::uint64_t appended = 0;  // since open
  std::uint64_t settled = 0;   // since open
};

// Thread-safe.  One process at a time (its caller holds a FileLock).  The file system must outlive
// it.
class Spool {
 public:
  // Fault::io if the disk refuses; damage is not an error but reported.
  static Result<std::unique_ptr<Spool>> open(FileSystem& files,
                                             std::string directory,
                                             const SpoolOptions& options = {});

  const SpoolReport& report() const { return report_; }

  // What came with the newest record ever appended; empty before the first.
  Bytes memo() const;

  // Keeps a record, and `memo` for a later memo().  On failure it is as if nothing had been
  // appended: worth another try.  Fault::too_large above batch_bytes_max.
  Result<void> append(const SpoolRecord& record, ByteView memo);

  // On failure everything appended is still to be had from this process, and is synced again by
  // the next call.
  Result<void> sync();

  // The batch that is open, or a new one of the oldest records; std::nullopt when none waits.
  Result<std::optional<SpoolBatch>> next_batch(Random& random);

  // Ends the open batch: the stream has all of its records but `refused`, given by their places in
  // it, which wait on, in front of all later ones.  On failure the batch stays open.  A sync that
  // fails behind it is not one: it is tried again by the next call, and a power cut before that has
  // the batch come again under its invocation id.
  Result<void> settle(const SpoolBatch& batch, std::span<const std::size_t> refused);

  SpoolCounts counts() const;

 private:
  struct Recovery;

  // Where an entry's body lies.
  struct Place {
    std::uint64_t file = 0;
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
  };

  struct OpenBatch {
    std::string invocation;
    std::vector<std::uint64_t> ordinals;
    bool is_given_out = false;
  };

  struct SpoolFile {
    std::unique_ptr<File> file;
    std::uint64_t waiting = 0;  // records in it
  };

  Spool(FileSystem& files, std::string directory, const SpoolOptions& options)
      : files_(files), directory_(std::move(directory)), options_(options) {}

  std::string path_of(std::uint64_t number) const;
  Result<void> recover();
  Result<void> begin_file();
  Result<Place> write_entry(std::uint8_t kind, ByteView body);
  Result<void> begin_file_of(std::uint64_t number);
  Result<void> sync_locked();
  void tidy();
  Result<SpoolRecord> read_record(const Place& place) const;
  Result<SpoolBatch> read_batch(const OpenBatch& batch) const;
  OpenBatch choose_batch(Random& random) const;
  void put_place(std::uint64_t ordinal, const Place& place);
  void drop_place(std::uint64_t ordinal);
  Bytes snapshot() const;
  bool is_settled(std::uint64_t ordinal) const;
  void mark_settled(std::uint64_t ordinal);

  FileSystem& files_;
  const std::string directory_;
  const SpoolOptions options_;
  SpoolReport report_;

  mutable std::mutex mutex_;                        // guards all below
  std::map<std::uint64_t, SpoolFile> spool_files_;  // by number: the active one and those needed
  std::uint64_t active_ = 0;                        // number of the file written to
  std::uint64_t end_ = 0;                           // of its whole entries
  bool is_active_good_ = false;                     // false: the next write begins another
  bool is_synced_ = true;                           // nothing was written since the last sync
  std::uint64_t next_ordinal_ = 1;
  std::uint64_t settled_below_ = 1;
  std::set<std::uint64_t> settled_above_;    // settled, at or above settled_below_
  std::map<std::uint64_t, Place> waiting_;   // by ordinal
  std::map<std::uint64_t, Bytes> unsynced_;  // bodies of records, by ordinal
  std::optional<OpenBatch> batch_;
  Bytes memo_;
  SpoolCounts counts_;
};

}  // namespace sluice::heartrate
