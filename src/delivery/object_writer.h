// Writes one object into a spool file: raw records one after the other, compressed if the
// definition says so, Parquet through a SerDe, or the lines of the error output.
//
// The spool file is created by the writer and must not exist before.  An abandoned writer leaves
// its file behind; its owner removes it.
//
// A writer can be parked: all it was given is then safe in the spool file, and whatever becomes of
// it, another one can go on from there.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/errand.h"
#include "base/file_system.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/ledger.h"
#include "delivery/parked_writer.h"
#include "delivery/position.h"
#include "delivery/shared_reader.h"
#include "delivery/world.h"
#include "serde/record_reader.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::delivery {

// A record that an object did not take.
struct Rejected {
  std::uint32_t index = 0;  // into the records that were appended
  serde::Rejection why;
  std::uint32_t attempts = 1;  // that were made of what failed
};

// What is known about an object when it is sealed; written into it or put beside it.
struct SealFacts {
  PlanNumber number;
  std::string delivery_stream;  // "hr_firehose/<incarnation, 16 hex digits>"
  std::span<const ShardPositions> positions;
};

// A complete spool file.
struct SealedFile {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;  // Parquet rows, error lines, raw records
  Sha256Digest sha256{};
  Md5Digest md5{};
  std::map<std::string, std::string> metadata;  // for the object's x-amz-meta- headers
};

// Not thread-safe.  After a failure the writer is of no more use.
class ObjectWriter {
 public:
  ObjectWriter() = default;
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;
  virtual ~ObjectWriter() = default;

  // Takes records of one shard, in order.  Those that cannot be converted are appended to
  // `rejected`, ascending, and leave no trace in the object.
  virtual Result<void> append(ShardKey shard,
                              std::span<const SourceRecord> records,
                              std::vector<Rejected>& rejected) = 0;

  // Takes records that were refused before, with the reasons (of the same number).  Error output
  // only.
  virtual Result<void> append_refused(ShardKey shard,
                                      std::span<const SourceRecord> records,
                                      std::span<const Rejected> reasons) = 0;

  // About how many bytes the object would have if it were finished now: decided by the records so
  // far and by where it was parked, not by how records were appended.
  virtual Result<std::uint64_t> weigh() = 0;

  // Writes what it holds into the spool file and makes it and its name durable; the writer goes on.
  // Each time costs two syncs, and of Parquet a row group.
  virtual Result<ParkedWriter> park() = 0;

  // Completes the file.  Once, last but for sync().
  virtual Result<SealedFile> finish(const SealFacts& facts) = 0;

  // Makes a finished file durable; its name is when its folder was synced after.  Apart from
  // finish(), so that what is finished together goes to the disk together.
  virtual Result<void> sync() = 0;

  // About how much memory is held; waits for nobody, so that it may be some thousand rows late.
  virtual std::size_t bytes_held() const = 0;
};

// What a writer needs; everything borrowed must outlive it.
struct WriterRequest {
  ObjectKind kind = ObjectKind::data;
  const DeliveryStream& definition;
  const TableSchema* schema = nullptr;  // with conversion, data only; copied
  FileSystem& files;
  std::string path;  // of the spool file; its folder exists
  const Clock& clock;
  Source& source;                  // for sequence numbers
  SharedReader* reader = nullptr;  // with conversion; none: one of its own
  Helpers* helpers = nullptr;      // none: the caller's thread does everything
};

// The writer that the definition asks for.
Result<std::unique_ptr<ObjectWriter>> make_object_writer(const WriterRequest& request);

// Goes on with an object where it was parked, also when rows were appended behind that, which are
// given up: the spool file of request.path is checked and cut.  Fault::missing if it is gone,
// Fault::corrupt if it or the state is not what was parked, Fault::unsupported for the state of a
// newer program.
//
// Rows may be appended under the definition and schema that the object was parked under, which is
// the caller's to know; where the columns of a Parquet object are not those of request.schema, or
// the definition converts no more, append() fails with Fault::conflict.  finish() always works.
Result<std::unique_ptr<ObjectWriter>> resume_object_writer(const WriterRequest& request,
                                                           const ParkedWriter& parked);

// What an object carries to prove where its records came from: the footer keys of a Parquet object
// and, with '-' for '.' and '_', the metadata keys of others (sluice.shards only up to 1 KiB
// there):
//   sluice.delivery_stream   SealFacts::delivery_stream
//   sluice.plan              plan number
//   sluice.shards            "<stream, 16 hex digits>/<shard>:<first>-<last>:<count>;…"; where it
//                            holds some parts only of some records, "<count>+<how many of them>"
//   sluice.positions         SHA-256 over the exact positions (docs/formats/ledger.md)
std::map<std::string, std::string> proof_of(const SealFacts& facts);

// The digest that sluice.positions carries, hexadecimal.
std::string positions_digest(std::span<const ShardPositions> positions);

}  // namespace sluice::delivery
