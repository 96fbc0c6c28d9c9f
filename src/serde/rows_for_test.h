// Rows out of columns, for tests and fuzzers: a batch's levels and values put together again, as
// text.  Written after Dremel's rules, without a look at how the columns are filled.
//
//   null -    text 'x'    list [1,-]    struct {a:1,b:-}    map <k=1,l=->    row {a:1};
#pragma once

#include "base/check.h"
#include "base/uint128.h"
#include "columnar/column.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::serde {

// How each kind of value reads; the reference shredder prints by the same.
inline std::string bool_text(bool value) {
  return value ? "true" : "false";
}

inline std::string bytes_text(ByteView value) {
  return "'" + std::string(value) + "'";
}

inline std::string decimal_text(UInt128 magnitude, bool is_negative) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  return (is_negative && digits != "0" ? "-" : "") + digits;
}

class RowTexts {
 public:
  // Every row of `batch`, which is of `schema`.
  static std::string of(const columnar::Schema& schema, const columnar::RowBatch& batch) {
    RowTexts texts(batch);
    std::string out;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      std::size_t leaf = 0;
      out += texts.structure(schema.columns, 0, 0, leaf) + ";";
    }
    for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
      SLUICE_CHECK(texts.cursors_[leaf].entry == batch.column(leaf).entries());
      SLUICE_CHECK(texts.cursors_[leaf].value == batch.column(leaf).values());
    }
    return out;
  }

 private:
  struct Cursor {
    std::size_t entry = 0;
    std::size_t value = 0;
  };

  explicit RowTexts(const columnar::RowBatch& batch)
      : batch_(batch), cursors_(batch.leaves().size()) {}

  int definition(std::size_t leaf) const {
    const auto& levels = batch_.column(leaf).definition_levels();
    SLUICE_CHECK(cursors_[leaf].entry < batch_.column(leaf).entries());
    return levels.empty() ? batch_.leaves()[leaf].definition_max : levels[cursors_[leaf].entry];
  }

  // Of the next entry; 0 at the end, where a row would begin.
  int repetition(std::size_t leaf) const {
    const auto& levels = batch_.column(leaf).repetition_levels();
    return cursors_[leaf].entry < levels.size() ? levels[cursors_[leaf].entry] : 0;
  }

  static std::size_t leaves_in(const columnar::Type& type) {
    std::size_t count = type.is_nested() ? 0 : 1;
    for (const columnar::Field& child : type.children) {
      count += leaves_in(child.type);
    }
    return count;
  }

  // Passes over an entry without a value in every leaf below; all must agree on its levels.
  void skip(std::size_t first, std::size_t count) {
    const int level = definition(first);
    const int repeats = repetition(first);
    for (std::size_t leaf = first; leaf < first + count; ++leaf) {
      SLUICE_CHECK(definition(leaf) == level);
      SLUICE_CHECK(repetition(leaf) == repeats);
      ++cursors_[leaf].entry;
    }
  }

  // `present` is the definition level at which the value is there, `depth` the number of lists
  // around it.  Moves `leaf` behind the type's leaves.
  std::string value(const columnar::Type& type, int present, int depth, std::size_t& leaf) {
    const std::size_t first = leaf;
    const std::size_t count = leaves_in(type);
    if (definition(first) < present) {
      skip(first, count);
      leaf = first + count;
      return "-";
    }
    switch (type.kind) {
      case columnar::Kind::structure:
        return structure(type.children, present, depth, leaf);
      case columnar::Kind::array:
      case columnar::Kind::map:
        return list(type, present, depth, leaf);
      default:
        ++leaf;
        return scalar(type, first);
    }
  }

  std::string structure(const std::vector<columnar::Field>& fields,
                        int present,
                        int depth,
                        std::size_t& leaf) {
    std::string out = "{";
    for (const columnar::Field& field : fields) {
      out += (out.size() > 1 ? "," : "") + field.name + ":" +
             value(field.type, present + 1, depth, leaf);
    }
    return out + "}";
  }

  std::string list(const columnar::Type& type, int present, int depth, std::size_t& leaf) {
    const std::size_t first = leaf;
    const std::size_t count = leaves_in(type);
    const bool is_map = type.kind == columnar::Kind::map;
    std::string out;
    if (definition(first) == present) {
      skip(first, count);
    } else {
      do {
        std::size_t at = first;
        out += out.empty() ? "" : ",";
        if (is_map) {
          out += value(type.children[0].type, present + 1, depth + 1, at) + "=";
          out += value(type.children[1].type, present + 2, depth + 1, at);
        } else {
          out += value(type.children[0].type, present + 2, depth + 1, at);
        }
      } while (repetition(first) == depth + 1);
    }
    leaf = first + count;
    return is_map ? "<" + out + ">" : "[" + out + "]";
  }

  std::string scalar(const columnar::Type& type, std::size_t leaf) {
    const columnar::Column& column = batch_.column(leaf);
    const std::size_t index = cursors_[leaf].value++;
    ++cursors_[leaf].entry;
    SLUICE_CHECK(index < column.values());
    switch (column.storage()) {
      case columnar::Storage::boolean:
        return bool_text(column.fixed<std::uint8_t>()[index] != 0);
      case columnar::Storage::int32:
        return std::to_string(column.fixed<std::int32_t>()[index]);
      case columnar::Storage::int64:
        return std::to_string(column.fixed<std::int64_t>()[index]);
      case columnar::Storage::float32:
        return fmt::format("{}", column.fixed<float>()[index]);
      case columnar::Storage::float64:
        return fmt::format("{}", column.fixed<double>()[index]);
      case columnar::Storage::bytes:
        return bytes_text(column.bytes(index));
      case columnar::Storage::fixed_bytes:
        break;
    }
    SLUICE_CHECK(type.kind == columnar::Kind::decimal);
    UInt128 bits = 0;
    for (const char byte : column.bytes(index)) {
      bits = bits << 8U | static_cast<unsigned char>(byte);
    }
    const bool is_negative = (bits >> 127U) != 0;
    return decimal_text(is_negative ? -bits : bits, is_negative);
  }

  const columnar::RowBatch& batch_;
  std::vector<Cursor> cursors_;
};

}  // namespace sluice::serde
