// What a column chunk holds, counted from its values: the truth that statistics and indexes are
// compared with.
#pragma once

#include "columnar/column.h"
#include "parquet/bounds.h"
#include "parquet/schema.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::parquet {

struct ChunkFacts {
  std::int64_t entries = 0;
  std::int64_t nulls = 0;             // entries without a value
  std::int64_t nans = 0;              // of floats
  std::int64_t byte_array_bytes = 0;  // without length prefixes
  std::optional<Bytes> min;           // PLAIN, as bounds are; none without an order or a value
  std::optional<Bytes> max;
  std::vector<std::int64_t> repetition_histogram;  // counts of levels 0, 1, …
  std::vector<std::int64_t> definition_histogram;
};

// Walks over the rows of a chunk.  Borrows the column.
class FactsReader {
 public:
  FactsReader(const columnar::Column& column, const SchemaLeaf& leaf, Order order)
      : column_(column), leaf_(leaf), order_(order) {}

  // Of the next `rows` rows, or of all that are left.
  ChunkFacts next(std::uint64_t rows);

  bool is_at_end() const { return entry_ == column_.entries(); }

 private:
  void add_value(ChunkFacts& facts);

  const columnar::Column& column_;
  const SchemaLeaf& leaf_;
  Order order_;
  std::size_t entry_ = 0;
  std::size_t value_ = 0;
};

// The PLAIN bytes of a value, byte arrays without length; borrowed.
ByteView plain_value(const columnar::Column& column, std::size_t value);

// Of a float by its PLAIN bytes.
bool is_nan(Order order, ByteView plain);

}  // namespace sluice::parquet
