// Random rows of any schema, for tests and fuzzers.
#pragma once

#include "base/random.h"
#include "columnar/column.h"
#include "columnar/type.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace sluice::parquet {

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

}  // namespace sluice::parquet
