// Where the values of rows being read go: straight into the columns of a batch.
//
// open() makes room for rows; values are then written by row, in any order of columns, a row being
// forgotten if it turns out to be none; close() takes over the rows that came to be.  Scalars that
// lie in the row or in structures only are written in place (RowSink); what repeats, and types that
// are rare, go through the shredder value by value (TreeSink).
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "json/view.h"
#include "json/wide.h"
#include "serde/json_text.h"
#include "serde/recent_day.h"
#include "serde/shredder.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sluice::serde {

// Whether a RowSink can fill a column of this type.  Decimals and binary are rare enough to be left
// to a TreeSink.
bool is_sunk(columnar::Kind kind);

// One column.  Not thread-safe.
class RowSink {
 public:
  // `lower_keys` is for the text of objects.
  RowSink(const columnar::Type& type, bool lower_keys);

  const columnar::Type& type() const { return type_; }

  void open(columnar::Column& column, std::size_t rows);
  void close(std::size_t rows);

  // The value of `row`, as the full path would convert it; false when it is refused.
  bool put(json::View value, std::size_t row);

  // `definition` is of the innermost structure that is there.
  void put_null(std::size_t row, std::uint8_t definition);

  // Whatever was put into `row` is no value after all.
  void forget(std::size_t row) {
    if (has_nulls_) {
      levels_[row] = column_->definition_max();
    }
  }

  // T as the column's storage has it.
  template <class T>
  void put_fixed(T value, std::size_t row) {
    std::memcpy(values_ + row * sizeof(T), &value, sizeof(T));
  }

  // `text` of [text.data(), end), all of which can be read.
  void put_text(ByteView text, const char* end, std::size_t row) {
    const std::uint32_t begin = text_.ends[static_cast<std::ptrdiff_t>(row) - 1];
    if (text_.heap_bytes - begin < text.size() + json::wide_step) [[unlikely]] {
      grow(begin, text.size() + json::wide_step);
    }
    char* const to = text_.heap + begin;
    // Most texts are short: so many bytes at once are faster than asking how many.
    if (text.size() <= json::wide_step &&
        static_cast<std::size_t>(end - text.data()) >= json::wide_step) {
      std::memcpy(to, text.data(), json::wide_step);
    } else {
      std::memcpy(to, text.data(), text.size());
    }
    text_.ends[row] = begin + static_cast<std::uint32_t>(text.size());
  }

  // Whether an integer that was read is one of this column's type.
  bool is_within(std::int64_t value) const { return value >= least_ && value <= most_; }

  RecentDay& day() { return day_; }

 private:
  void grow(std::size_t used, std::size_t more);
  bool put_integer(json::View value, std::size_t row);
  bool put_timestamp(json::View value, std::size_t row);
  void put_any_text(json::View value, std::size_t row);

  columnar::Type type_;
  char* values_ = nullptr;
  columnar::Column::OpenText text_{};
  std::int64_t least_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t most_ = std::numeric_limits<std::int64_t>::max();
  columnar::Column* column_ = nullptr;  // while open
  std::vector<std::uint8_t> levels_;    // of the rows, once one is null
  std::size_t rows_ = 0;
  bool has_nulls_ = false;
  RecentDay day_;
  JsonText json_text_;
  std::string scratch_;  // the JSON of a nested value
};

// The columns of a part of the row that the shredder writes.  Not thread-safe.
class TreeSink {
 public:
  // `shredder` must outlive the sink.
  TreeSink(Shredder& shredder, std::size_t part) : shredder_(shredder), part_(part) {}

  // What the elements are of a list of scalars.
  std::optional<columnar::Kind> element() const { return shredder_.parts()[part_].element; }

  void open(columnar::RowBatch& batch) {
    batch_ = &batch;
    written_ = no_row;
  }

  // As RowSink's.
  bool put(json::View value, std::size_t row);
  void put_null(std::size_t row, std::uint8_t definition);
  void forget(std::size_t row);

  // The column of a list of scalars, to which the caller appends the elements of `row`.
  columnar::Column& begin_list(std::size_t row) {
    begin(row);
    return batch_->column(shredder_.parts()[part_].first_leaf);
  }

 private:
  static constexpr std::size_t no_row = ~std::size_t{0};

  void begin(std::size_t row);

  Shredder& shredder_;
  std::size_t part_;
  columnar::RowBatch* batch_ = nullptr;
  std::size_t written_ = no_row;               // the row that was written last,
  std::vector<columnar::Column::Mark> marks_;  // and where its columns stood before
};

}  // namespace sluice::serde
