// The fast path of the converter.
#include "serde/shaped_rows.h"

#include "base/check.h"
#include "json/scan.h"
#include "serde/coerce.h"

#include <algorithm>
#include <limits>

namespace sluice::serde {
namespace {

using columnar::Kind;
using columnar::Storage;
using json::Node;

// After so many misses in a row guessing pauses, each time twice as long.
constexpr std::uint32_t misses_before_pause = 8;
constexpr std::uint32_t pause_bits_max = 10;
constexpr std::uint32_t pause_for_good = std::numeric_limits<std::uint32_t>::max();

// The nodes of a chunk, in bytes, and its records.
constexpr std::size_t chunk_bytes_max = std::size_t{16} << 10;
constexpr std::size_t chunk_rows_min = 8;
constexpr std::size_t chunk_rows_max = 256;

// Integers of so many digits cannot overflow on the way.
constexpr std::size_t easy_digits_max = 18;

// A whole JSON number of at most easy_digits_max characters.
std::int64_t easy_integer(std::string_view text) {
  const bool is_negative = text.front() == '-';
  std::int64_t value = 0;
  for (const char digit : text.substr(is_negative ? 1 : 0)) {
    value = value * 10 + (digit - '0');
  }
  return is_negative ? -value : value;
}

template <class T>
bool is_within(std::int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

bool is_in_range(std::int64_t value, Kind kind) {
  switch (kind) {
    case Kind::tinyint:
      return is_within<std::int8_t>(value);
    case Kind::smallint:
      return is_within<std::int16_t>(value);
    case Kind::integer:
      return is_within<std::int32_t>(value);
    default:
      return true;
  }
}

// Decimals and binary are rare enough to be left to the full path.
bool is_guessed(Kind kind) {
  switch (kind) {
    case Kind::boolean:
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
    case Kind::float32:
    case Kind::float64:
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
    case Kind::date:
    case Kind::timestamp:
      return true;
    case Kind::decimal:
    case Kind::binary:
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      return false;
  }
  return false;
}

template <class T, class U>
bool take(const Coerced<T>& coerced, U& to) {
  if (!coerced) {
    return false;
  }
  to = *coerced;
  return true;
}

std::string_view text_of(const Node& node) {
  return {node.data, node.size};
}

// Records side by side in memory that need not be contiguous.
class Separate {
 public:
  explicit Separate(std::span<const ByteView> records) : records_(records) {}

  bool at_end() const { return records_.empty(); }

  const char* begin() const { return records_.front().data(); }

  const char* end() const { return records_.front().data() + records_.front().size(); }

  // Takes the record whose text ends at `at`, if nothing but blanks follows; its bytes, or 0.
  std::size_t take(const char* at) {
    if (json::skip_space(at, end()) != end()) {
      return 0;
    }
    const std::size_t bytes = records_.front().size();
    records_ = records_.subspan(1);
    return bytes;
  }

 private:
  std::span<const ByteView> records_;
};

// Records as the lines of a text.
class Lines {
 public:
  explicit Lines(ByteView text) : begin_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return begin_ == end_; }

  const char* begin() const { return begin_; }

  const char* end() const { return end_; }

  std::size_t take(const char* at) {
    while (at != end_ && (*at == ' ' || *at == '\t' || *at == '\r')) {
      ++at;
    }
    if (at == end_ || *at != '\n') {
      return 0;
    }
    const auto bytes = static_cast<std::size_t>(at + 1 - begin_);
    begin_ = at + 1;
    return bytes;
  }

 private:
  const char* begin_;
  const char* end_;
};

}  // namespace

ShapedRows::ShapedRows(const columnar::Schema& schema) : cells_(schema.columns.size()) {
  for (const columnar::Field& column : schema.columns) {
    types_.push_back(column.type);
    if (!is_guessed(column.type.kind)) {
      pause_ = pause_for_good;
    }
  }
}

ShapedRun ShapedRows::read(std::span<const ByteView> records, columnar::RowBatch& out) {
  return read_run(Separate(records), records.size(), out);
}

ShapedRun ShapedRows::read_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out) {
  return read_run(Lines(text), rows_max, out);
}

template <class Supply>
ShapedRun ShapedRows::read_run(Supply supply, std::size_t rows_max, columnar::RowBatch& out) {
  ShapedRun run;
  if (pauses()) [[unlikely]] {
    return run;
  }
  while (run.records < rows_max && !supply.at_end()) {
    const std::size_t matched =
        find_shape(supply) ? match_chunk(supply, rows_max - run.records) : 0;
    const std::size_t rows = convert(matched);
    append(rows, out);
    run.records += rows;
    for (std::size_t row = 0; row < rows; ++row) {
      run.bytes += record_bytes_[row];
    }
    misses_ = rows > 0 ? 0 : misses_;
    if (rows == 0 || rows < matched) {
      miss();
      break;
    }
  }
  return run;
}

// Whether the next record is of a known shape, which then is known_[last_].
template <class Supply>
bool ShapedRows::find_shape(Supply& supply) {
  for (std::size_t turn = 0; turn < known_.size(); ++turn) {
    const std::size_t index = (last_ + turn) % known_.size();
    if (known_[index].shape.match(supply.begin(), supply.end(), values_.data()) != nullptr) {
      last_ = index;
      return true;
    }
  }
  return false;
}

// How many records from here on are of the shape known_[last_]; their values are in values_.
template <class Supply>
std::size_t ShapedRows::match_chunk(Supply& supply, std::size_t rows_max) {
  const Known& known = known_[last_];
  const std::size_t stride = known.shape.values();
  rows_max = std::min(rows_max, known.chunk_rows);
  Node* values = values_.data();
  std::size_t rows = 0;
  for (; rows < rows_max && !supply.at_end(); ++rows) {
    const char* const behind = known.shape.match(supply.begin(), supply.end(), values);
    const std::size_t bytes = behind == nullptr ? 0 : supply.take(behind);
    if (bytes == 0) {
      break;
    }
    record_bytes_[rows] = static_cast<std::uint32_t>(bytes);
    values += stride;
  }
  return rows;
}

bool ShapedRows::pauses() {
  if (pause_ == 0) {
    return false;
  }
  pause_ -= pause_ == pause_for_good ? 0 : 1;
  return true;
}

void ShapedRows::miss() {
  wants_to_learn_ = true;
  ++misses_;
  if (misses_ >= misses_before_pause) {
    pause_ = 1U << std::min(misses_ - misses_before_pause, pause_bits_max);
  }
}

void ShapedRows::learn(ByteView record, json::View document, const KeyTable& keys) {
  wants_to_learn_ = false;
  Known known;
  if (!known.shape.learn(record, document)) {
    return;
  }
  for (std::size_t column = 0; column < types_.size(); ++column) {
    const json::View value = keys.value(column);
    const auto index = value.exists() ? known.shape.index_of(value) : std::nullopt;
    if (value.exists() && !index) {
      return;
    }
    known.sources.push_back(index ? static_cast<std::uint32_t>(*index) : no_value);
  }
  const std::size_t stride = known.shape.values();
  known.chunk_rows =
      std::clamp(chunk_bytes_max / (stride * sizeof(Node)), chunk_rows_min, chunk_rows_max);
  values_.resize(std::max(values_.size(), stride * known.chunk_rows));
  record_bytes_.resize(chunk_rows_max);
  last_ = known_.size() < shapes_max ? known_.size() : next_victim_;
  if (known_.size() < shapes_max) {
    known_.push_back(std::move(known));
  } else {
    known_[next_victim_] = std::move(known);
    next_victim_ = (next_victim_ + 1) % shapes_max;
  }
}

// Converts the values of a chunk; how many records from the front all columns took.
std::size_t ShapedRows::convert(std::size_t rows) {
  for (std::size_t column = 0; column < types_.size() && rows > 0; ++column) {
    rows = convert_column(column, rows);
  }
  return rows;
}

// Hands each value of a column that is not null to `convert`, which says whether it took it.
template <class Convert>
std::size_t ShapedRows::convert_each(std::size_t column, std::size_t rows, Convert convert) {
  const std::size_t stride = known_[last_].shape.values();
  const Node* node = values_.data() + known_[last_].sources[column];
  Cells& cells = cells_[column];
  for (std::size_t row = 0; row < rows; ++row, node += stride) {
    if (node->kind == json::Kind::null) [[unlikely]] {
      cells.has_null = true;
      cells.is_null[row] = 1;
    } else if (!convert(*node, row)) [[unlikely]] {
      return row;
    }
  }
  return rows;
}

std::size_t ShapedRows::convert_integers(std::size_t column, std::size_t rows) {
  Cells& cells = cells_[column];
  const Kind kind = types_[column].kind;
  return convert_each(column, rows, [&](const Node& node, std::size_t row) {
    std::int64_t& value = cells.integers[row];
    if (node.is_integer && node.size <= easy_digits_max) [[likely]] {
      value = easy_integer(text_of(node));
      return is_in_range(value, kind);
    }
    return take(to_integer(json::View(&node), kind), value);
  });
}

std::size_t ShapedRows::convert_timestamps(std::size_t column, std::size_t rows) {
  Cells& cells = cells_[column];
  return convert_each(column, rows, [&](const Node& node, std::size_t row) {
    std::int64_t& value = cells.integers[row];
    if (node.kind == json::Kind::string && day_.read(text_of(node), value)) [[likely]] {
      return true;
    }
    if (!take(to_timestamp(json::View(&node)), value)) {
      return false;
    }
    day_.learn(text_of(node), value);
    return true;
  });
}

std::size_t ShapedRows::convert_column(std::size_t column, std::size_t rows) {
  Cells& cells = cells_[column];
  const columnar::Type& type = types_[column];
  cells.integers.resize(chunk_rows_max);
  cells.doubles.resize(chunk_rows_max);
  cells.texts.resize(chunk_rows_max);
  cells.has_null = known_[last_].sources[column] == no_value;
  cells.is_null.assign(rows, cells.has_null ? 1 : 0);
  if (cells.has_null) {
    return rows;
  }
  const auto as_text = [&](auto cut) {
    return convert_each(column, rows, [&](const Node& node, std::size_t row) {
      cells.texts[row] = cut(text_of(node));
      return node.kind != json::Kind::array;
    });
  };
  const auto as_integer = [&](auto coerce) {
    return convert_each(column, rows, [&](const Node& node, std::size_t row) {
      return take(coerce(json::View(&node)), cells.integers[row]);
    });
  };
  switch (type.kind) {
    case Kind::string:
      return as_text([](ByteView text) { return text; });
    case Kind::varchar:
      return as_text([&](ByteView text) { return cut_to_varchar(text, type.precision); });
    case Kind::fixed_char:
      return as_text([&](ByteView text) { return cut_to_char(text, type.precision); });
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
      return convert_integers(column, rows);
    case Kind::timestamp:
      return convert_timestamps(column, rows);
    case Kind::date:
      return as_integer(to_date);
    case Kind::boolean:
      return as_integer(to_boolean);
    case Kind::float32:
      return convert_each(column, rows, [&](const Node& node, std::size_t row) {
        return take(to_float(json::View(&node)), cells.doubles[row]);
      });
    case Kind::float64:
      return convert_each(column, rows, [&](const Node& node, std::size_t row) {
        return take(to_double(json::View(&node)), cells.doubles[row]);
      });
    case Kind::decimal:
    case Kind::binary:
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      break;
  }
  SLUICE_CHECK(false && "such a schema is not guessed at");
  return 0;
}

void ShapedRows::append(std::size_t rows, columnar::RowBatch& out) {
  if (rows == 0) {
    return;
  }
  for (std::size_t column = 0; column < types_.size(); ++column) {
    append_column(cells_[column], rows, out.column(column));
  }
  out.end_rows(rows);
}

void ShapedRows::append_column(const Cells& cells, std::size_t rows, columnar::Column& out) {
  const std::span integers(cells.integers.data(), rows);
  if (!cells.has_null && out.storage() == Storage::int32) {
    narrow_.assign(integers.begin(), integers.end());
    out.append_all(std::span<const std::int32_t>(narrow_));
    return;
  }
  if (!cells.has_null && out.storage() == Storage::int64) {
    out.append_all(std::span<const std::int64_t>(integers));
    return;
  }
  if (!cells.has_null && out.storage() == Storage::float64) {
    out.append_all(std::span<const double>(cells.doubles.data(), rows));
    return;
  }
  if (!cells.has_null && out.storage() == Storage::bytes) {
    out.append_all(std::span<const ByteView>(cells.texts.data(), rows));
    return;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (cells.is_null[row] != 0) {
      out.append_null();
      continue;
    }
    switch (out.storage()) {
      case Storage::boolean:
        out.append_bool(integers[row] != 0);
        break;
      case Storage::int32:
        out.append_int32(static_cast<std::int32_t>(integers[row]));
        break;
      case Storage::int64:
        out.append_int64(integers[row]);
        break;
      case Storage::float32:
        out.append_float(static_cast<float>(cells.doubles[row]));
        break;
      case Storage::float64:
        out.append_double(cells.doubles[row]);
        break;
      case Storage::bytes:
        out.append_bytes(cells.texts[row]);
        break;
      case Storage::fixed_bytes:
        SLUICE_CHECK(false && "decimals are not guessed at");
    }
  }
}

}  // namespace sluice::serde
