// What the tests of this room share: schemas from text, random rows, files in memory.
#pragma once

#include "base/check.h"
#include "base/random.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "parquet/byte_sink.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::parquet {

inline columnar::Schema schema_of(std::string_view columns) {
  Result<columnar::Schema> schema = columnar::parse_columns(columns);
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().message());
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

// Keeps the file.
class MemorySink final : public ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    bytes_.append(bytes);
    return {};
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

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

// What rows are made of: how often null, and how many distinct values.
struct RowStyle {
  std::uint64_t null_percent = 20;
  std::uint64_t distinct = 1'000'000;
  std::uint64_t list_length_max = 4;
};

// Appends random rows, value by value through the tree, with all levels.
class RowMaker {
 public:
  RowMaker(const columnar::Schema& schema, Random& random, RowStyle style)
      : schema_(schema), random_(random), style_(style) {}

  void append(columnar::RowBatch& batch) {
    std::size_t leaf = 0;
    for (const columnar::Field& column : schema_.columns) {
      node(batch, column.type, true, true, 0, 0, leaf);
    }
    batch.end_row();
  }

 private:
  // Appends one entry (or a list of them) for each leaf below; `is_there` is false below a null.
  void node(columnar::RowBatch& batch,
            const columnar::Type& type,
            bool is_optional,
            bool is_there,
            std::uint8_t definition,
            std::uint8_t repetition,
            std::size_t& leaf,
            std::uint8_t depth = 0) {
    const bool is_null = is_there && is_optional && random_.below(100) < style_.null_percent;
    const bool goes_on = is_there && !is_null;
    const auto inner = static_cast<std::uint8_t>(definition + (goes_on && is_optional ? 1 : 0));
    switch (type.kind) {
      case columnar::Kind::array:
      case columnar::Kind::map:
        list(batch, type, goes_on, inner, repetition, leaf, depth);
        break;
      case columnar::Kind::structure:
        for (const columnar::Field& field : type.children) {
          node(batch, field.type, true, goes_on, inner, repetition, leaf, depth);
        }
        break;
      default:
        if (goes_on) {
          value(batch.column(leaf), type, repetition);
        } else {
          batch.column(leaf).append_null(definition, repetition);
        }
        ++leaf;
    }
  }

  void list(columnar::RowBatch& batch,
            const columnar::Type& type,
            bool is_there,
            std::uint8_t definition,
            std::uint8_t repetition,
            std::size_t& leaf,
            std::uint8_t depth) {
    const std::uint64_t length = is_there ? random_.below(style_.list_length_max + 1) : 0;
    const auto inner_depth = static_cast<std::uint8_t>(depth + 1);
    const std::size_t first_leaf = leaf;
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(length, 1); ++i) {
      leaf = first_leaf;
      for (std::size_t child = 0; child < type.children.size(); ++child) {
        const bool is_key = type.kind == columnar::Kind::map && child == 0;
        node(batch,
             type.children[child].type,
             !is_key,
             length > 0,
             static_cast<std::uint8_t>(definition + (length > 0 ? 1 : 0)),
             i == 0 ? repetition : inner_depth,
             leaf,
             inner_depth);
      }
    }
  }

  void value(columnar::Column& column, const columnar::Type& type, std::uint8_t repetition) {
    const std::uint64_t number = random_.below(style_.distinct);
    const auto sign =
        static_cast<std::int64_t>(number) - static_cast<std::int64_t>(style_.distinct / 3);
    switch (column.storage()) {
      case columnar::Storage::boolean:
        column.append_bool((number & 1) != 0, repetition);
        break;
      case columnar::Storage::int32:
        column.append_int32(type.kind == columnar::Kind::tinyint ? static_cast<std::int8_t>(sign)
                            : type.kind == columnar::Kind::smallint
                                ? static_cast<std::int16_t>(sign)
                                : static_cast<std::int32_t>(sign),
                            repetition);
        break;
      case columnar::Storage::int64:
        column.append_int64(sign * 1'000'003, repetition);
        break;
      case columnar::Storage::float32:
        column.append_float(static_cast<float>(sign) / 8, repetition);
        break;
      case columnar::Storage::float64:
        column.append_double(static_cast<double>(sign) / 16, repetition);
        break;
      case columnar::Storage::bytes:
        column.append_bytes("v" + std::to_string(number) + std::string(number % 7, 'x'),
                            repetition);
        break;
      case columnar::Storage::fixed_bytes: {
        Bytes decimal(16, sign < 0 ? '\xff' : '\0');
        for (std::size_t i = 0; i < 8; ++i) {
          decimal[15 - i] = static_cast<char>(static_cast<std::uint64_t>(sign) >> (8 * i));
        }
        column.append_bytes(decimal, repetition);
        break;
      }
    }
  }

  const columnar::Schema& schema_;
  Random& random_;
  RowStyle style_;
};

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
