// What a delivery stream must remember to deliver exactly once, and the interface of the store that
// remembers it.
//
// An object's life: its bytes are sealed in a spool file and synced; then its plan is recorded;
// then the object is put into the bucket; then the plan is committed, which moves the marks in the
// same transaction.  A crash anywhere in between puts the same file under the same name again.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "delivery/position.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::delivery {

enum class ObjectKind : std::uint8_t {
  data,
  format_conversion_failed,
  processing_failed,     // by a processor, or for want of a partition
  decompression_failed,  // what could not be unpacked
  dropped,  // no object: what a processor left out on purpose, settled by a plan without a key
};

inline constexpr std::size_t object_kinds = 5;

// "data", "format-conversion-failed", ...: as in !{firehose:error-output-type}; and "dropped".
std::string_view object_kind_name(ObjectKind kind);

// Everything needed to put an object again, on its own.
struct ObjectPlan {
  PlanNumber number;  // dense from 1 within the delivery stream
  ObjectKind kind = ObjectKind::data;
  std::string bucket;
  std::string key;  // empty, like the bucket: there is no object
  std::string content_type;
  std::string content_encoding;                 // empty: none
  std::map<std::string, std::string> metadata;  // x-amz-meta-…, without that prefix
  std::string spool_name;                       // file name within the spool folder
  std::uint64_t bytes = 0;
  Sha256Digest sha256{};
  Md5Digest md5{};
  std::vector<ShardPositions> positions;  // by shard key
  std::uint64_t records = 0;              // source records
  std::uint64_t rows = 0;          // rows (Parquet) or lines (error output); records otherwise
  std::uint64_t source_bytes = 0;  // decoded bytes of those records
  UnixMillis oldest_arrival{};
  std::uint32_t configuration_version = 1;
  std::string schema_version;  // empty without conversion

  friend bool operator==(const ObjectPlan&, const ObjectPlan&) = default;
};

// What the expressions of a prefix that depend on the record stand for: names and values, by name.
using PartitionValues = std::vector<std::pair<std::string, std::string>>;

// An object that is still open and whose records so far lie in its spool file, synced: they are
// settled although no plan names them yet.
struct ParkedObject {
  std::uint64_t buffer = 0;   // the same for the objects that records of one partition go to
  PartitionValues partition;  // empty without partitions, and for what is refused of all of them

  // As it stands: its name and headers are decided; number, size, digests, metadata and rows come
  // with the plan.
  ObjectPlan draft;

  std::uint64_t spool_bytes = 0;  // the spool file holds its records up to here
  Bytes writer_state;             // from which another writer goes on

  friend bool operator==(const ParkedObject&, const ParkedObject&) = default;
};

struct LedgerState {
  std::vector<ShardMark> marks;      // one per shard ever seen
  std::vector<ObjectPlan> planned;   // planned, not committed; by number
  std::vector<ParkedObject> parked;  // by buffer and kind
  PlanNumber next_plan{1};
};

// The memory of one delivery stream.  Every call is one durable transaction: when it returns
// success, the change survives a power cut; when it fails, nothing has changed.  One caller at a
// time.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  virtual Result<LedgerState> load() = 0;

  // Starts to keep a mark for `mark.shard`; Fault::conflict if there is one.
  virtual Result<void> add_mark(const ShardMark& mark) = 0;

  // Records plans; their numbers must be the next ones.  An object that was parked under the same
  // spool name is parked no more.
  virtual Result<void> record_plans(const std::vector<ObjectPlan>& plans) = 0;

  Result<void> record_plan(const ObjectPlan& plan) { return record_plans({plan}); }

  // Parks objects, in the place of those that were parked under the same spool names, and replaces
  // `marks`.
  virtual Result<void> park(const std::vector<ParkedObject>& objects,
                            const std::vector<ShardMark>& marks) = 0;

  // The objects of these plans, the first that are open, in their order, are in the bucket: marks
  // them committed and replaces `marks`, all at once.
  virtual Result<void> commit(const std::vector<PlanNumber>& numbers,
                              const std::vector<ShardMark>& marks,
                              UnixMillis now) = 0;
};

}  // namespace sluice::delivery
