// Where a file stands that is written in parts, by one writer after the other: what FileWriter says
// when it is parked, and takes to go on.
//
// Its size follows from row groups, columns and pages (and bloom filters), never from rows. Layout:
// docs/formats/parked.md.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/file_tail.h"
#include "parquet/metadata.h"

#include <cstdint>

namespace sluice::parquet {

struct ParkedState {
  std::uint64_t bytes = 0;  // of the file: magic and row groups
  FileMetaData metadata;    // of these
  FileTail tail;            // likewise
};

Bytes encode_parked(std::uint64_t bytes, const FileMetaData& metadata, const FileTail& tail);

// Takes what encode_parked() made.  Fault::corrupt for anything else, Fault::unsupported for the
// state of a newer program.  What it gives can be gone on with: row groups lie one after the other
// from the magic on, and up to `bytes`; everything named is there.
Result<ParkedState> decode_parked(ByteView encoded);

}  // namespace sluice::parquet
