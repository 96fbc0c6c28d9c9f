#include "matrix/json_rows.h"

#include "base/base64.h"
#include "matrix/expected.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::matrix {

namespace {

using columnar::Kind;
using columnar::Type;

template <class Float>
std::string float_json(Float value) {
  return std::isnan(value)   ? "NaN"
         : std::isinf(value) ? (value < 0 ? "-Infinity" : "Infinity")
                             : fmt::format("{}", value);
}

std::string decimal_json(Int128 unscaled, std::int32_t scale) {
  std::string digits = integer_text(unscaled < 0 ? -unscaled : unscaled);
  const auto after = static_cast<std::size_t>(scale);
  if (digits.size() <= after) {
    digits.insert(0, after + 1 - digits.size(), '0');
  }
  if (after > 0) {
    digits.insert(digits.size() - after, ".");
  }
  return (unscaled < 0 ? "-" : "") + digits;
}

std::string date_text(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string timestamp_text(std::int64_t micros) {
  constexpr std::int64_t second = 1'000'000;
  constexpr std::int64_t day = 86'400 * second;
  const std::int64_t days = micros / day - (micros % day < 0 ? 1 : 0);
  const std::int64_t clock = micros - days * day;
  return fmt::format("{}{}{:02}:{:02}:{:02}.{:06}",
                     date_text(days),
                     micros % 2 == 0 ? 'T' : ' ',
                     clock / second / 3600,
                     clock / second / 60 % 60,
                     clock / second % 60,
                     clock % second);
}

// A scalar's text, without the quotes that it may need.
std::string scalar_text(const Cell& cell, const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
      return cell.number != 0 ? "true" : "false";
    case Kind::float32:
      return float_json(std::bit_cast<float>(static_cast<std::uint32_t>(cell.number)));
    case Kind::float64:
      return float_json(std::bit_cast<double>(static_cast<std::uint64_t>(cell.number)));
    case Kind::decimal:
      return decimal_json(cell.number, type.scale);
    case Kind::date:
      return date_text(static_cast<std::int64_t>(cell.number));
    case Kind::timestamp:
      return timestamp_text(static_cast<std::int64_t>(cell.number));
    case Kind::binary:
      return base64_encode(cell.bytes);
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
      return cell.bytes;
    default:
      return integer_text(cell.number);
  }
}

bool is_bare(const Type& type, std::string_view text) {
  switch (type.kind) {
    case Kind::boolean:
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint:
    case Kind::decimal:
      return true;
    case Kind::float32:
    case Kind::float64:
      return text != "NaN" && !text.ends_with("Infinity");
    default:
      return false;
  }
}

void append_value(const Cell& cell, const Type& type, std::string& out);

void append_member(std::string_view name, const Cell& cell, const Type& type, std::string& out) {
  out += out.ends_with('{') ? "" : ",";
  append_json(name, out);
  out += ':';
  append_value(cell, type, out);
}

void append_fields(const std::vector<columnar::Field>& fields,
                   const std::vector<Cell>& cells,
                   std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!cells[i].is_null || i % 2 == 0) {
      append_member(fields[i].name, cells[i], fields[i].type, out);
    }
  }
  out += '}';
}

void append_value(const Cell& cell, const Type& type, std::string& out) {
  if (cell.is_null) {
    out += "null";
    return;
  }
  switch (type.kind) {
    case Kind::array:
      out += '[';
      for (const Cell& element : cell.children) {
        out += &element == cell.children.data() ? "" : ",";
        append_value(element, type.children[0].type, out);
      }
      out += ']';
      return;
    case Kind::map:
      out += '{';
      for (std::size_t i = 0; i < cell.children.size(); i += 2) {
        append_member(scalar_text(cell.children[i], type.children[0].type),
                      cell.children[i + 1],
                      type.children[1].type,
                      out);
      }
      out += '}';
      return;
    case Kind::structure:
      return append_fields(type.children, cell.children, out);
    default:
      break;
  }
  const std::string text = scalar_text(cell, type);
  if (is_bare(type, text)) {
    out += text;
  } else {
    append_json(text, out);
  }
}

void settle_cell(const Type& type, Cell& cell);

void settle_map(const Type& type, Cell& cell) {
  std::vector<Cell> pairs;
  for (std::size_t i = 0; i < cell.children.size(); i += 2) {
    settle_cell(type.children[0].type, cell.children[i]);
    settle_cell(type.children[1].type, cell.children[i + 1]);
    bool is_new = true;
    for (std::size_t other = 0; other < pairs.size(); other += 2) {
      is_new = is_new && !(pairs[other].number == cell.children[i].number &&
                           pairs[other].bytes == cell.children[i].bytes);
    }
    if (is_new) {
      pairs.push_back(std::move(cell.children[i]));
      pairs.push_back(std::move(cell.children[i + 1]));
    }
  }
  cell.children = std::move(pairs);
}

void settle_cell(const Type& type, Cell& cell) {
  if (type.kind == Kind::map) {
    return settle_map(type, cell);
  }
  if (type.kind == Kind::fixed_char) {
    cell.bytes.erase(cell.bytes.find_last_not_of(' ') + 1);
  }
  for (std::size_t i = 0; i < cell.children.size(); ++i) {
    settle_cell(type.children[type.kind == Kind::array ? 0 : i].type, cell.children[i]);
  }
}

}  // namespace

void settle(const columnar::Schema& schema, std::vector<Cell>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    settle_cell(schema.columns[i].type, row[i]);
  }
}

void append_json_row(const columnar::Schema& schema,
                     const std::vector<Cell>& row,
                     std::string& out) {
  append_fields(schema.columns, row, out);
  out += '\n';
}

}  // namespace sluice::matrix
