// Where the values of rows being read go: straight into the columns of a batch.
//
// open() makes room for rows; values are then written by row, in any order of columns, a row being
// overwritten if it turns out to be none; close() takes over the rows that came to be.  Only
// columns of flat scalar types, see is_sunk().
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "json/view.h"
#include "json/wide.h"
#include "serde/recent_day.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace sluice::serde {

// Whether a column of this type can be filled.  Decimals and binary are rare enough to be left to
// the full path.
bool is_sunk(columnar::Kind kind);

// One column.  Not thread-safe.
class RowSink {
 public:
  explicit RowSink(const columnar::Type& type);

  const columnar::Type& type() const { return type_; }

  void open(columnar::Column& column, std::size_t rows);
  void close(std::size_t rows);

  // The value of `row`, as the full path would convert it; false when it is refused.
  bool put(const json::Node& value, std::size_t row);

  void put_null(std::size_t row);

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
  bool put_integer(const json::Node& value, std::size_t row);
  bool put_timestamp(const json::Node& value, std::size_t row);
  bool put_cut_text(const json::Node& value, std::size_t row);

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
};

}  // namespace sluice::serde
