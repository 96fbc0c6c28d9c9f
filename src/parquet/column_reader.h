// Decodes the pages of one column chunk back into a Column.
//
// Reads what this program writes and what most writers' default is: data pages of version 1, PLAIN
// and dictionary encodings, RLE booleans, levels in the hybrid.  Anything else is
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
