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

ByteView text_of(const json::Node& node) {
  return {node.data, node.size};
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

RowSink::RowSink(const columnar::Type& type) : type_(type) {
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

void RowSink::put_null(std::size_t row) {
  if (!has_nulls_) {
    levels_.assign(rows_, column_->definition_max());
    has_nulls_ = true;
  }
  levels_[row] = static_cast<std::uint8_t>(column_->definition_max() - 1);
  if (column_->storage() == Storage::bytes) {
    text_.ends[row] = text_.ends[static_cast<std::ptrdiff_t>(row) - 1];
  }
}

void RowSink::grow(std::size_t used, std::size_t more) {
  text_ = column_->grow_text(text_, used, more);
}

bool RowSink::put_integer(const json::Node& value, std::size_t row) {
  std::int64_t integer = 0;
  if (value.is_integer && value.size <= easy_digits_max) [[likely]] {
    integer = easy_integer(text_of(value));
    if (!is_within(integer)) {
      return false;
    }
  } else if (!take(to_integer(json::View(&value), type_.kind),
                   [&](std::int64_t given) { integer = given; })) {
    return false;
  }
  if (type_.kind == Kind::bigint) {
    put_fixed(integer, row);
  } else {
    put_fixed(static_cast<std::int32_t>(integer), row);
  }
  return true;
}

bool RowSink::put_timestamp(const json::Node& value, std::size_t row) {
  return take(to_timestamp(json::View(&value)), [&](std::int64_t micros) {
    put_fixed(micros, row);
    if (value.kind == json::Kind::string) {
      day_.learn(text_of(value), micros);
    }
  });
}

bool RowSink::put_cut_text(const json::Node& value, std::size_t row) {
  if (value.kind == json::Kind::array) {
    return false;
  }
  const ByteView text = text_of(value);
  const ByteView cut = type_.kind == Kind::varchar      ? cut_to_varchar(text, type_.precision)
                       : type_.kind == Kind::fixed_char ? cut_to_char(text, type_.precision)
                                                        : text;
  put_text(cut, cut.data() + cut.size(), row);
  return true;
}

bool RowSink::put(const json::Node& value, std::size_t row) {
  if (value.kind == json::Kind::null) {
    put_null(row);
    return true;
  }
  const json::View view(&value);
  const auto fixed = [&](auto given) { put_fixed(given, row); };
  switch (type_.kind) {
    case Kind::string:
    case Kind::varchar:
    case Kind::fixed_char:
      return put_cut_text(value, row);
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
      return put_integer(value, row);
    case Kind::timestamp:
      return put_timestamp(value, row);
    case Kind::date:
      return take(to_date(view), fixed);
    case Kind::boolean:
      return take(to_boolean(view),
                  [&](bool given) { put_fixed(static_cast<std::uint8_t>(given ? 1 : 0), row); });
    case Kind::float32:
      return take(to_float(view), fixed);
    case Kind::float64:
      return take(to_double(view), fixed);
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

}  // namespace sluice::serde
