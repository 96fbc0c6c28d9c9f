#include "matrix/expected.h"

#include "base/uint128.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

namespace sluice::matrix {

namespace {

using columnar::Kind;
using columnar::Type;

// Microseconds in the unit of the file; what does not fit is cut off, towards the past.
Int128 in_unit(Int128 micros, parquet::TimestampUnit unit) {
  switch (unit) {
    case parquet::TimestampUnit::micros:
      return micros;
    case parquet::TimestampUnit::millis:
      return (micros < 0 ? micros - 999 : micros) / 1000;
    case parquet::TimestampUnit::nanos:
    case parquet::TimestampUnit::int96:
      return micros * 1000;
  }
  return micros;
}

std::string leaf_text(const Cell& cell, const Type& type, parquet::TimestampUnit unit) {
  switch (type.kind) {
    case Kind::boolean:
      return cell.number != 0 ? "true" : "false";
    case Kind::float32:
      return float_text(static_cast<std::uint32_t>(cell.number));
    case Kind::float64:
      return double_text(static_cast<std::uint64_t>(cell.number));
    case Kind::binary:
      return hexadecimal(cell.bytes);
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
      return cell.bytes;
    case Kind::timestamp:
      return integer_text(in_unit(cell.number, unit));
    default:
      return integer_text(cell.number);
  }
}

void append_cell(const Cell& cell,
                 const Type& type,
                 parquet::TimestampUnit unit,
                 std::string& out) {
  if (cell.is_null) {
    out += "null";
    return;
  }
  if (!type.is_nested()) {
    return append_json(leaf_text(cell, type, unit), out);
  }
  const std::size_t width = type.kind == Kind::map ? 2 : 1;
  out += '[';
  for (std::size_t i = 0; i < cell.children.size(); ++i) {
    const std::size_t child = type.kind == Kind::array ? 0 : i % type.children.size();
    out += i == 0 ? "" : ",";
    out += width == 2 && child == 0 ? "[" : "";
    append_cell(cell.children[i], type.children[child].type, unit, out);
    out += width == 2 && child == 1 ? "]" : "";
  }
  out += ']';
}

}  // namespace

std::string integer_text(Int128 number) {
  const auto bits = static_cast<UInt128>(number);
  return number < 0 ? "-" + to_decimal(~bits + 1) : to_decimal(bits);
}

std::string float_text(std::uint32_t bits) {
  return std::isnan(std::bit_cast<float>(bits)) ? "NaN" : fmt::format("{:08x}", bits);
}

std::string double_text(std::uint64_t bits) {
  return std::isnan(std::bit_cast<double>(bits)) ? "NaN" : fmt::format("{:016x}", bits);
}

std::string hexadecimal(ByteView bytes) {
  std::string text;
  for (char c : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

void append_json(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_expected(const columnar::Schema& schema,
                     const std::vector<Cell>& row,
                     parquet::TimestampUnit unit,
                     std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += i == 0 ? "" : ",";
    append_cell(row[i], schema.columns[i].type, unit, out);
  }
  out += "]\n";
}

}  // namespace sluice::matrix
