// What the tests of this room share: schemas from text, files in memory, rows copied one by one.
#pragma once

#include "base/check.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/memory_sink.h"
#include "parquet/random_rows.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace sluice::parquet {

inline columnar::Schema schema_of(std::string_view columns) {
  Result<columnar::Schema> schema = columnar::parse_columns(columns);
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().message());
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

// `batches` as one file.
inline Bytes file_of(const columnar::Schema& schema,
                     const WriterOptions& options,
                     const std::vector<const columnar::RowBatch*>& batches) {
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  for (const columnar::RowBatch* batch : batches) {
    EXPECT_TRUE(writer.append(*batch));
  }
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(writer.bytes_written(), sink.bytes().size());
  return sink.bytes();
}

// Appends the rows of `from` to `to` from row to row, `rows` of them, levels and all.
class RowCopier {
 public:
  RowCopier(const columnar::RowBatch& from, columnar::RowBatch& to)
      : from_(from), to_(to), entries_(from.leaves().size()), values_(from.leaves().size()) {}

  void copy(std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t leaf = 0; leaf < entries_.size(); ++leaf) {
        copy_row(leaf);
      }
      to_.end_row();
    }
  }

 private:
  void copy_row(std::size_t leaf) {
    const columnar::Column& from = from_.column(leaf);
    const columnar::Leaf& shape = from_.leaves()[leaf];
    const auto& repetition = from.repetition_levels();
    const auto& definition = from.definition_levels();
    do {
      const std::size_t at = entries_[leaf]++;
      const std::uint8_t level = repetition.empty() ? 0 : repetition[at];
      if (!definition.empty() && definition[at] != shape.definition_max) {
        to_.column(leaf).append_null(definition[at], level);
      } else {
        copy_value(from, to_.column(leaf), values_[leaf]++, level);
      }
    } while (!repetition.empty() && entries_[leaf] < from.entries() &&
             repetition[entries_[leaf]] != 0);
  }

  static void copy_value(const columnar::Column& from,
                         columnar::Column& to,
                         std::size_t at,
                         std::uint8_t repetition) {
    switch (from.storage()) {
      case columnar::Storage::boolean:
        return to.append_bool(from.fixed<std::uint8_t>()[at] != 0, repetition);
      case columnar::Storage::int32:
        return to.append_int32(from.fixed<std::int32_t>()[at], repetition);
      case columnar::Storage::int64:
        return to.append_int64(from.fixed<std::int64_t>()[at], repetition);
      case columnar::Storage::float32:
        return to.append_float(from.fixed<float>()[at], repetition);
      case columnar::Storage::float64:
        return to.append_double(from.fixed<double>()[at], repetition);
      case columnar::Storage::bytes:
      case columnar::Storage::fixed_bytes:
        return to.append_bytes(from.bytes(at), repetition);
    }
  }

  const columnar::RowBatch& from_;
  columnar::RowBatch& to_;
  std::vector<std::size_t> entries_;
  std::vector<std::size_t> values_;
};

}  // namespace sluice::parquet
