// Decodes the pages of one column chunk back into a Column.
//
// Reads data pages of both versions in every encoding and codec this program writes, and more than
// it writes (value_decoder.h).  Deprecated bit-packed levels and codecs not built in are
// Fault::unsupported; bytes that do not add up are Fault::corrupt.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

#include <cstdint>

namespace sluice::parquet {

struct ChunkToRead {
  const ColumnMetaData& meta_data;
  const SchemaElement& element;
  const SchemaLeaf& leaf;
  std::int64_t rows = 0;      // of the row group
  std::size_t bytes_max = 0;  // of memory that decoding may take
};

// `pages` is the chunk as it stands in the file, from its first page on.  The column's storage
// follows the physical type; INT96 and FIXED_LEN_BYTE_ARRAY come as fixed_bytes.
Result<columnar::Column> read_chunk(ByteView pages, const ChunkToRead& chunk);

}  // namespace sluice::parquet
