#include "matrix/shred.h"

#include "base/check.h"

#include <bit>

namespace sluice::matrix {

namespace {

using columnar::Kind;
using columnar::Type;

Bytes big_endian_16(Int128 number) {
  __extension__ using Unsigned = unsigned __int128;
  const auto bits = static_cast<Unsigned>(number);
  Bytes bytes(16, '\0');
  for (std::size_t i = 0; i < 16; ++i) {
    bytes[15 - i] = static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
  }
  return bytes;
}

// Goes through the schema beside a row; leaves come in the order of the batch.
class Shredder {
 public:
  explicit Shredder(columnar::RowBatch& batch) : batch_(batch) {}

  // `cell` is null below something that is null or empty.
  void node(const Cell* cell, const Type& type, bool is_optional, int definition, int repetition) {
    const bool is_there = cell != nullptr && !cell->is_null;
    if (is_there && is_optional) {
      ++definition;
    }
    switch (type.kind) {
      case Kind::array:
      case Kind::map:
        repeated(is_there ? cell : nullptr, type, definition, repetition);
        break;
      case Kind::structure:
        for (std::size_t i = 0; i < type.children.size(); ++i) {
          node(is_there ? &cell->children[i] : nullptr,
               type.children[i].type,
               true,
               definition,
               repetition);
        }
        break;
      default:
        leaf(is_there ? cell : nullptr, definition, repetition);
    }
  }

 private:
  // What the children of a list or map have in turn: one element, or a key and a value.
  void repeated(const Cell* cell, const Type& type, int definition, int repetition) {
    const std::size_t width = type.children.size();
    const std::size_t length = cell == nullptr ? 0 : cell->children.size() / width;
    const std::size_t first_leaf = leaf_;
    ++depth_;
    if (length == 0) {
      item(nullptr, type, definition, repetition);
    }
    for (std::size_t i = 0; i < length; ++i) {
      leaf_ = first_leaf;
      item(&cell->children[i * width], type, definition + 1, i == 0 ? repetition : depth_);
    }
    --depth_;
  }

  void item(const Cell* first, const Type& type, int definition, int repetition) {
    for (std::size_t child = 0; child < type.children.size(); ++child) {
      const bool is_key = type.kind == Kind::map && child == 0;
      node(first == nullptr ? nullptr : first + child,
           type.children[child].type,
           !is_key,
           definition,
           repetition);
    }
  }

  void leaf(const Cell* cell, int definition_level, int repetition_level) {
    columnar::Column& column = batch_.column(leaf_);
    const auto definition = static_cast<std::uint8_t>(definition_level);
    const auto repetition = static_cast<std::uint8_t>(repetition_level);
    ++leaf_;
    if (cell == nullptr) {
      return column.append_null(definition, repetition);
    }
    switch (column.storage()) {
      case columnar::Storage::boolean:
        return column.append_bool(cell->number != 0, repetition);
      case columnar::Storage::int32:
        return column.append_int32(static_cast<std::int32_t>(cell->number), repetition);
      case columnar::Storage::int64:
        return column.append_int64(static_cast<std::int64_t>(cell->number), repetition);
      case columnar::Storage::float32:
        return column.append_float(std::bit_cast<float>(static_cast<std::uint32_t>(cell->number)),
                                   repetition);
      case columnar::Storage::float64:
        return column.append_double(std::bit_cast<double>(static_cast<std::uint64_t>(cell->number)),
                                    repetition);
      case columnar::Storage::bytes:
        return column.append_bytes(cell->bytes, repetition);
      case columnar::Storage::fixed_bytes:
        return column.append_bytes(big_endian_16(cell->number), repetition);
    }
  }

  columnar::RowBatch& batch_;
  std::size_t leaf_ = 0;
  int depth_ = 0;  // of repeated nodes around
};

}  // namespace

void shred(const columnar::Schema& schema,
           const std::vector<Cell>& row,
           columnar::RowBatch& batch) {
  SLUICE_CHECK(row.size() == schema.columns.size());
  Shredder shredder(batch);
  for (std::size_t i = 0; i < row.size(); ++i) {
    shredder.node(&row[i], schema.columns[i].type, true, 0, 0);
  }
  batch.end_row();
}

}  // namespace sluice::matrix
