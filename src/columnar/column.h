// Rows as columns: what a converter fills and a file writer drains.
//
// A RowBatch holds one Column per leaf of a schema, in depth-first order.  A Column keeps its
// non-null values densely (fixed-width little endian, or offsets and bytes) and, for each entry,
// a definition level and for repeated leaves a repetition level, in the sense of Dremel and
// Parquet: entry = value, null or empty list; a value is stored only at the highest definition
// level.  For a flat schema an entry is a row, the highest level 1, and levels are kept only once
// a null has appeared.
//
// Nothing allocates per record once the buffers have grown.  Not thread-safe.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "columnar/type.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::columnar {

// How a leaf's values lie in memory.
enum class Storage : std::uint8_t {
  boolean,  // one byte a value, 0 or 1
  int32,    // tinyint, smallint, int; date as days since 1970-01-01; decimal(p<=9) unscaled
  int64,    // bigint; timestamp as microseconds since 1970-01-01 UTC; decimal(p<=18) unscaled
  float32,
  float64,
  bytes,       // string, char, varchar, binary
  fixed_bytes  // decimal(p>18): 16 bytes, big endian two's complement
};

// A leaf of the schema with its place in the tree.
struct Leaf {
  std::vector<std::string>
      path;   // names from the top; lists add "list","element", maps "key_value","key"|"value"
  Type type;  // never nested
  Storage storage = Storage::bytes;
  std::uint8_t definition_max = 1;
  std::uint8_t repetition_max = 0;
};

// The leaves of a schema, depth first, every node optional but map keys.
std::vector<Leaf> leaves_of(const Schema& schema);

class Column {
 public:
  explicit Column(const Leaf& leaf);

  Storage storage() const { return storage_; }

  // Entries: values, nulls and empty lists.
  std::size_t entries() const { return entries_; }

  std::size_t values() const { return values_; }

  std::size_t nulls() const { return entries_ - values_; }

  // One of these per entry; the value's storage must be the column's.  Levels default to those of a
  // flat column.
  void append_bool(bool value, std::uint8_t repetition = 0);
  void append_int32(std::int32_t value, std::uint8_t repetition = 0);
  void append_int64(std::int64_t value, std::uint8_t repetition = 0);
  void append_float(float value, std::uint8_t repetition = 0);
  void append_double(double value, std::uint8_t repetition = 0);
  void append_bytes(ByteView value, std::uint8_t repetition = 0);  // bytes and fixed_bytes

  // A value each of a flat column, in order; T as for fixed().
  template <class T>
  void append_all(std::span<const T> values);
  void append_all(std::span<const ByteView> values);  // bytes and fixed_bytes

  // Filling a flat column in place.  open_*() makes room for `rows` values behind the last, to be
  // written by the caller until close() takes over the first of them.  Nothing else may be called
  // in between.
  template <class T>
  T* open_fixed(std::size_t rows);

  // Text `row` lies in [heap + ends[row - 1], heap + ends[row]); ends[-1] is given.
  struct OpenText {
    std::uint32_t* ends;
    char* heap;
    std::size_t heap_bytes;  // may be written up to here
  };

  OpenText open_text(std::size_t rows);

  // Room for at least `more` bytes behind the `used` ones; the heap may move.
  OpenText grow_text(const OpenText& open, std::size_t used, std::size_t more);

  // Takes `rows` rows: values all, or where `levels` is given those at the highest level, and
  // nulls.
  void close(std::size_t rows, const std::uint8_t* levels);

  std::uint8_t definition_max() const { return definition_max_; }

  // An entry without a value: `definition` is below definition_max.
  void append_null(std::uint8_t definition = 0, std::uint8_t repetition = 0);

  // So many entries from one on, and their values.
  struct Span {
    std::size_t entry = 0;
    std::size_t entries = 0;
    std::size_t value = 0;
    std::size_t values = 0;
  };

  // Appends a part of `from`, another column of the same leaf.
  void append_span(const Column& from, const Span& span);

  // Dense non-null values of a fixed-width storage; T must fit it (bool: std::uint8_t).
  template <class T>
  const T* fixed() const {
    SLUICE_DCHECK(sizeof(T) == width_);
    return reinterpret_cast<const T*>(fixed_.data());
  }

  // The i-th non-null value of bytes or fixed_bytes.
  ByteView bytes(std::size_t value) const {
    return ByteView(heap_).substr(offsets_[value], offsets_[value + 1] - offsets_[value]);
  }

  // values() + 1 offsets into heap(); empty for fixed-width storage.
  const std::vector<std::uint32_t>& offsets() const { return offsets_; }

  ByteView heap() const { return heap_; }

  // entries() levels, or empty while every entry is a value.
  const std::vector<std::uint8_t>& definition_levels() const { return definition_; }

  // entries() levels, or empty for a leaf that does not repeat.
  const std::vector<std::uint8_t>& repetition_levels() const { return repetition_; }

  // Memory in use for values and levels.
  std::size_t bytes_held() const;

  void clear();

  struct Mark {
    std::size_t entries;
    std::size_t values;
  };

  Mark mark() const { return {entries_, values_}; }

  // Forgets everything appended since `mark` was taken.
  void roll_back(Mark mark);

 private:
  void add_level(std::uint8_t definition, std::uint8_t repetition);
  std::size_t keep_values(std::size_t rows, const std::uint8_t* levels);
  void add_values(std::size_t count);

  template <class T>
  void append_fixed(Storage storage, T value, std::uint8_t repetition);

  Storage storage_;
  std::uint8_t width_ = 0;  // bytes of a fixed-width value
  std::uint8_t definition_max_;
  std::uint8_t repetition_max_;
  std::size_t entries_ = 0;
  std::size_t values_ = 0;
  std::vector<char> fixed_;
  std::vector<std::uint32_t> offsets_;
  Bytes heap_;
  std::vector<std::uint8_t> definition_;
  std::vector<std::uint8_t> repetition_;
};

// Columns of equal row count.  The heap of one column stays below 4 GiB: callers drain long before.
class RowBatch {
 public:
  explicit RowBatch(const Schema& schema);

  const std::vector<Leaf>& leaves() const { return leaves_; }

  std::size_t rows() const { return rows_; }

  Column& column(std::size_t leaf) { return columns_[leaf]; }

  const Column& column(std::size_t leaf) const { return columns_[leaf]; }

  // Ends a row; every leaf must have got its entries.
  void end_row() { ++rows_; }

  void end_rows(std::size_t count) { rows_ += count; }

  std::size_t bytes_held() const;
  void clear();

  struct Mark {
    std::size_t rows = 0;
    std::vector<Column::Mark> columns;
  };

  // Reuses the storage of `mark`.
  void take_mark(Mark& mark) const;
  void roll_back(const Mark& mark);

 private:
  std::vector<Leaf> leaves_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

// Called for every value of every record, hence inline.
inline void Column::add_level(std::uint8_t definition, std::uint8_t repetition) {
  SLUICE_DCHECK(repetition <= repetition_max_);
  if (definition != definition_max_ || !definition_.empty()) {
    definition_.resize(entries_, definition_max_);
    definition_.push_back(definition);
  }
  if (repetition_max_ > 0) {
    repetition_.push_back(repetition);
  }
  ++entries_;
}

template <class T>
void Column::append_fixed(Storage storage, T value, std::uint8_t repetition) {
  SLUICE_DCHECK(storage_ == storage);
  static_cast<void>(storage);
  const std::size_t at = fixed_.size();
  fixed_.resize(at + sizeof(T));
  std::memcpy(fixed_.data() + at, &value, sizeof(T));
  add_level(definition_max_, repetition);
  ++values_;
}

template <class T>
T* Column::open_fixed(std::size_t rows) {
  SLUICE_DCHECK(sizeof(T) == width_);
  SLUICE_DCHECK(repetition_max_ == 0);
  fixed_.resize((values_ + rows) * sizeof(T));
  return reinterpret_cast<T*>(fixed_.data()) + values_;
}

template <class T>
void Column::append_all(std::span<const T> values) {
  SLUICE_DCHECK(sizeof(T) == width_);
  SLUICE_DCHECK(repetition_max_ == 0);
  const char* const begin = reinterpret_cast<const char*>(values.data());
  fixed_.insert(fixed_.end(), begin, begin + values.size_bytes());
  add_values(values.size());
}

inline void Column::append_bool(bool value, std::uint8_t repetition) {
  append_fixed(Storage::boolean, static_cast<std::uint8_t>(value ? 1 : 0), repetition);
}

inline void Column::append_int32(std::int32_t value, std::uint8_t repetition) {
  append_fixed(Storage::int32, value, repetition);
}

inline void Column::append_int64(std::int64_t value, std::uint8_t repetition) {
  append_fixed(Storage::int64, value, repetition);
}

inline void Column::append_float(float value, std::uint8_t repetition) {
  append_fixed(Storage::float32, value, repetition);
}

inline void Column::append_double(double value, std::uint8_t repetition) {
  append_fixed(Storage::float64, value, repetition);
}

inline void Column::append_bytes(ByteView value, std::uint8_t repetition) {
  SLUICE_DCHECK(width_ == 0);
  SLUICE_CHECK(value.size() <= std::numeric_limits<std::uint32_t>::max() - heap_.size());
  heap_.append(value);
  offsets_.push_back(static_cast<std::uint32_t>(heap_.size()));
  add_level(definition_max_, repetition);
  ++values_;
}

inline void Column::append_null(std::uint8_t definition, std::uint8_t repetition) {
  SLUICE_DCHECK(definition < definition_max_);
  add_level(definition, repetition);
}

}  // namespace sluice::columnar
