// What is kept of an object writer that was parked, for another writer to go on with.
//
// Layout: docs/formats/parked.md.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

#include <cstdint>

namespace sluice::delivery {

// What lets another writer go on where one stood.
struct ParkedWriter {
  std::uint64_t spool_bytes = 0;  // the spool file up to here is part of it, and synced
  Bytes state;                    // the writer's own; versioned, checked when it is read back
};

// What stands in a spool file; stored, so that values never change.
enum class SpoolForm : std::uint8_t {
  raw_records = 0,
  error_lines = 1,
  parquet = 2,
  // Raw records, compressed.
  raw_gzip = 3,
  raw_zip = 4,
  raw_snappy = 5,
  raw_hadoop_snappy = 6,
};

// What a writer's state says.
struct ParkedState {
  SpoolForm form = SpoolForm::raw_records;
  Sha256Digest spool_sha256{};  // of the parked bytes
  std::uint64_t rows = 0;       // as SealedFile counts them
  Bytes file;                   // Parquet, compressed: where the file stands; nothing otherwise
};

Bytes encode(const ParkedState& state);

// Takes what encode() made.  Fault::corrupt for anything else, Fault::unsupported for the state of
// a newer program.
Result<ParkedState> decode_parked_state(ByteView bytes);

}  // namespace sluice::delivery
