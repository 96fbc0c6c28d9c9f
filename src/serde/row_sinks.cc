// Values into the columns of a batch.
#include "serde/row_sinks.h"

#include "base/check.h"
#include "serde/coerce.h"

namespace sluice::serde {
namespace {

using columnar::Kind;
using columnar::Storage;

// Integers of so many digits cannot overflow on the way.
constexpr std::size_t easy_digits_max = 18;

// A whole JSON number of at most easy_digits_max characters.
std::int64_t easy_integer(ByteView text) {
  const bool is_negative = text.front() == '-';
  std::int64_t value = 0;
  for (const char digit : text.substr(is_negative ? 1 : 0)) {
    value = value * 10 + (digit - '0');
  }
  return is_negative ? -value : value;
}

template <class T, class Put>
bool take(const Coerced<T>& coerced, Put put) {
  if (coerced) [[likely]] {
    put(*coerced);
  }
  return coerced.has_value();
}

}  // namespace

bool is_sunk(Kind kind) {
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

RowSink::RowSink(const columnar::Type& type, bool lower_keys)
    : type_(type), json_text_(lower_keys) {
  const auto bound = [this]<class T>(T) {
    least_ = std::numeric_limits<T>::min();
    most_ = std::numeric_limits<T>::max();
  };
  if (type.kind == Kind::tinyint) {
    bound(std::int8_t{});
  } else if (type.kind == Kind::smallint) {
    bound(std::int16_t{});
  } else if (type.kind == Kind::integer) {
    bound(std::int32_t{});
  }
}

void RowSink::open(columnar::Column& column, std::size_t rows) {
  column_ = &column;
  rows_ = rows;
  has_nulls_ = false;
  switch (column.storage()) {
    case Storage::boolean:
      values_ = reinterpret_cast<char*>(column.open_fixed<std::uint8_t>(rows));
      return;
    case Storage::int32:
    case Storage::float32:
      values_ = reinterpret_cast<char*>(column.open_fixed<std::uint32_t>(rows));
      return;
    case Storage::int64:
    case Storage::float64:
      values_ = reinterpret_cast<char*>(column.open_fixed<std::uint64_t>(rows));
      return;
    case Storage::bytes:
      text_ = column.open_text(rows);
      return;
    case Storage::fixed_bytes:
      break;
  }
  SLUICE_CHECK(false && "such a column is not sunk");
}

void RowSink::close(std::size_t rows) {
  SLUICE_CHECK(rows <= rows_);
  column_->close(rows, has_nulls_ ? levels_.data() : nullptr);
  column_ = nullptr;
}

void RowSink::put_null(std::size_t row, std::uint8_t definition) {
  if (!has_nulls_) {
    levels_.assign(rows_, column_->definition_max());
    has_nulls_ = true;
  }
  levels_[row] = definition;
  if (column_->storage() == Storage::bytes) {
    text_.ends[row] = text_.ends[static_cast<std::ptrdiff_t>(row) - 1];
  }
}

void RowSink::grow(std::size_t used, std::size_t more) {
  text_ = column_->grow_text(text_, used, more);
}

bool RowSink::put_integer(json::View value, std::size_t row) {
  std::int64_t integer = 0;
  if (value.node().is_integer && value.text().size() <= easy_digits_max) [[likely]] {
    integer = easy_integer(value.text());
    if (!is_within(integer)) {
      return false;
    }
  } else if (!take(to_integer(value, type_.kind), [&](std::int64_t given) { integer = given; })) {
    return false;
  }
  if (type_.kind == Kind::bigint) {
    put_fixed(integer, row);
  } else {
    put_fixed(static_cast<std::int32_t>(integer), row);
  }
  return true;
}

bool RowSink::put_timestamp(json::View value, std::size_t row) {
  return take(to_timestamp(value), [&](std::int64_t micros) {
    put_fixed(micros, row);
    if (value.is(json::Kind::string)) {
      day_.learn(value.text(), micros);
    }
  });
}

void RowSink::put_any_text(json::View value, std::size_t row) {
  const ByteView text = to_text(value, json_text_, scratch_);
  const ByteView cut = type_.kind == Kind::varchar      ? cut_to_varchar(text, type_.precision)
                       : type_.kind == Kind::fixed_char ? cut_to_char(text, type_.precision)
                                                        : text;
  put_text(cut, cut.data() + cut.size(), row);
}

bool RowSink::put(json::View value, std::size_t row) {
  if (value.is(json::Kind::null)) {
    put_null(row, static_cast<std::uint8_t>(column_->definition_max() - 1));
    return true;
  }
  const auto fixed = [&](auto given) { put_fixed(given, row); };
  switch (type_.kind) {
    case Kind::string:
    case Kind::varchar:
    case Kind::fixed_char:
      put_any_text(value, row);
      return true;
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
      return put_integer(value, row);
    case Kind::timestamp:
      return put_timestamp(value, row);
    case Kind::date:
      return take(to_date(value), fixed);
    case Kind::boolean:
      return take(to_boolean(value),
                  [&](bool given) { put_fixed(static_cast<std::uint8_t>(given ? 1 : 0), row); });
    case Kind::float32:
      return take(to_float(value), fixed);
    case Kind::float64:
      return take(to_double(value), fixed);
    case Kind::decimal:
    case Kind::binary:
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      break;
  }
  SLUICE_CHECK(false && "such a column is not sunk");
  return false;
}

void TreeSink::begin(std::size_t row) {
  const Shredder::Part& part = shredder_.parts()[part_];
  marks_.clear();
  for (std::size_t leaf = 0; leaf < part.leaves; ++leaf) {
    marks_.push_back(batch_->column(part.first_leaf + leaf).mark());
  }
  written_ = row;
}

bool TreeSink::put(json::View value, std::size_t row) {
  begin(row);
  return shredder_.write_part(part_, value, *batch_);
}

void TreeSink::put_null(std::size_t row, std::uint8_t definition) {
  begin(row);
  const Shredder::Part& part = shredder_.parts()[part_];
  for (std::size_t leaf = 0; leaf < part.leaves; ++leaf) {
    batch_->column(part.first_leaf + leaf).append_null(definition);
  }
}

void TreeSink::forget(std::size_t row) {
  if (written_ != row) {
    return;
  }
  const Shredder::Part& part = shredder_.parts()[part_];
  for (std::size_t leaf = 0; leaf < part.leaves; ++leaf) {
    batch_->column(part.first_leaf + leaf).roll_back(marks_[leaf]);
  }
  written_ = no_row;
}

}  // namespace sluice::serde
