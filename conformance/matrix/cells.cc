#include "matrix/cells.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

namespace sluice::matrix {

namespace {

using columnar::Kind;
using columnar::Type;

constexpr std::int64_t day_micros = std::int64_t{86'400} * 1'000'000;

// Inclusive.
struct Range {
  Int128 low;
  Int128 high;
};

Int128 power_of_ten(std::int32_t exponent) {
  Int128 power = 1;
  for (std::int32_t i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

Range signed_range(int bits) {
  const Int128 half = Int128{1} << (bits - 1);
  return {-half, half - 1};
}

Range range_of(const Type& type, Times times) {
  // Days and microseconds from 1970-01-01.
  constexpr Range nanos = {-106'650, 106'650};    // 1678-01-01 to 2261-12-31
  constexpr Range years = {-719'162, 2'932'896};  // 0001-01-01 to 9999-12-31
  const Range days = times == Times::nanos ? nanos : years;
  switch (type.kind) {
    case Kind::boolean:
      return {0, 1};
    case Kind::tinyint:
      return signed_range(8);
    case Kind::smallint:
      return signed_range(16);
    case Kind::integer:
      return signed_range(32);
    case Kind::date:
      return days;
    case Kind::timestamp:
      return {days.low * day_micros, days.high * day_micros + day_micros - 1};
    case Kind::decimal: {
      const Int128 beyond = power_of_ten(type.precision);
      return {1 - beyond, beyond - 1};
    }
    default:
      return signed_range(64);
  }
}

Cell of_number(Int128 number) {
  return {.is_null = false, .number = number, .bytes = {}, .children = {}};
}

Cell of_bytes(Bytes bytes) {
  return {.is_null = false, .number = 0, .bytes = std::move(bytes), .children = {}};
}

Cell of_float(float value) {
  return of_number(std::bit_cast<std::uint32_t>(value));
}

Cell of_double(double value) {
  return of_number(std::bit_cast<std::uint64_t>(value));
}

bool is_text(const Type& type) {
  return type.kind == Kind::string || type.kind == Kind::fixed_char || type.kind == Kind::varchar;
}

// As many whole characters of `text` as the type holds.
Bytes fitted(const Type& type, std::string_view text) {
  if (type.kind == Kind::string || type.kind == Kind::binary) {
    return Bytes(text);
  }
  std::int32_t characters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80;
    if (begins && ++characters > type.precision) {
      break;
    }
  }
  return Bytes(text.substr(0, end));
}

const std::vector<std::string_view>& odd_texts() {
  using namespace std::string_view_literals;
  static const std::string long_text(300, 'x');
  static const std::string just_64(64, 'p');
  static const std::string beyond_64 = just_64 + "\xf0\x9f\x92\x93 and on";
  static const std::string across_64 = std::string(62, 'q') + "\xe2\x82\xac\xe2\x82\xac";
  static const std::string last_characters = [] {
    std::string text;
    for (int i = 0; i < 20; ++i) {
      text += "\xf4\x8f\xbf\xbf";
    }
    return text;
  }();
  static const std::vector<std::string_view> texts = {
      ""sv,
      "a"sv,
      "\0"sv,
      "a\0b"sv,
      " "sv,
      "null"sv,
      "NaN"sv,
      "\"quoted\\"sv,
      "line\nand\ttab\r\x7f"sv,
      "\xc3\xa9\xe2\x82\xac"sv,                  // two bytes, three bytes
      "\xf0\x9f\x92\x93\xf0\x9f\x8f\x83"sv,      // four bytes
      "e\xcc\x81\xe2\x80\xa8\xef\xbf\xbd"sv,     // combining; line separator; replacement
      "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"sv,  // around the surrogates
      "\xef\xbb\xbf"
      "BOM"sv,
      long_text,
      just_64,
      beyond_64,
      across_64,
      last_characters};
  return texts;
}

const std::vector<std::string_view>& odd_binaries() {
  using namespace std::string_view_literals;
  static const std::string ones(70, '\xff');
  static const std::string zeros(70, '\0');
  static const std::string raisable = std::string(64, '\x80') + "tail";
  static const std::vector<std::string_view> values = {
      ""sv, "\0"sv, "\xff"sv, "\xff\xff"sv, "\x80\x00\x7f"sv, "text"sv, ones, zeros, raisable};
  return values;
}

Cell odd_float(std::uint64_t choice) {
  using Limits = std::numeric_limits<float>;
  const float values[] = {0.0F,
                          -0.0F,
                          1.0F,
                          -1.5F,
                          Limits::min(),
                          Limits::denorm_min(),
                          -Limits::denorm_min(),
                          Limits::max(),
                          Limits::lowest(),
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          0.1F,
                          16'777'217.0F};
  return of_float(values[choice % std::size(values)]);
}

Cell odd_double(std::uint64_t choice) {
  using Limits = std::numeric_limits<double>;
  const double values[] = {0.0,
                           -0.0,
                           1.0,
                           -1.5,
                           Limits::min(),
                           Limits::denorm_min(),
                           -Limits::denorm_min(),
                           Limits::max(),
                           Limits::lowest(),
                           Limits::infinity(),
                           -Limits::infinity(),
                           Limits::quiet_NaN(),
                           0.1,
                           9'007'199'254'740'993.0};
  return of_double(values[choice % std::size(values)]);
}

bool same(const Cell& left, const Cell& right) {
  return left.number == right.number && left.bytes == right.bytes;
}

}  // namespace

RowSource::RowSource(const columnar::Schema& schema, Style style, std::uint64_t seed)
    : schema_(schema), style_(style), random_(seed) {}

std::vector<Cell> RowSource::next() {
  std::vector<Cell> row;
  for (const columnar::Field& column : schema_.columns) {
    row.push_back(top(column));
  }
  ++rows_;
  return row;
}

Cell RowSource::top(const columnar::Field& column) {
  if (column.name == "row") {
    return of_number(static_cast<Int128>(rows_));
  }
  if (column.name == "key") {
    const auto number = static_cast<Int128>(rows_ * 7 % 11) - 5;
    return number == 5 ? Cell() : of_number(number);
  }
  return node(column.name, column.type, true);
}

Cell RowSource::node(const std::string& path, const Type& type, bool is_optional) {
  Node& state = nodes_[path];
  const bool is_top = path.find('.') == std::string::npos;
  if (is_optional && ((style_.nulls == Nulls::all && is_top) || is_null(state, type))) {
    return {};
  }
  switch (type.kind) {
    case Kind::array:
      return list(path, type);
    case Kind::map:
      return map(path, type);
    case Kind::structure:
      return structure(path, type);
    default:
      return leaf(state, type);
  }
}

bool RowSource::is_null(Node& state, const Type& type) {
  constexpr std::uint64_t run_max = 60;
  switch (style_.nulls) {
    case Nulls::none:
    case Nulls::all:
      return false;
    case Nulls::some:
      return random_.below(5) == 0;
    case Nulls::leaves:
      return !type.is_nested();
    case Nulls::runs:
      if (state.run_left == 0) {
        state.run_left = 1 + random_.below(run_max);
        state.in_null_run = !state.in_null_run;
      }
      --state.run_left;
      return state.in_null_run;
  }
  return false;
}

// Mostly short, one in five empty, and now and then long enough to fill a small page.
std::size_t RowSource::list_length() {
  constexpr std::uint64_t long_every = 150;
  constexpr std::uint64_t long_max = 120;
  if (random_.below(5) == 0) {
    return 0;
  }
  const bool is_long = random_.below(long_every) == 0;
  return 1 + random_.below(is_long ? long_max : style_.list_length_max);
}

Cell RowSource::list(const std::string& path, const Type& type) {
  Cell cell{.is_null = false, .number = 0, .bytes = {}, .children = {}};
  for (std::size_t left = list_length(); left > 0; --left) {
    cell.children.push_back(node(path + ".element", type.children[0].type, true));
  }
  return cell;
}

// Keys are scalars and differ from each other.
Cell RowSource::map(const std::string& path, const Type& type) {
  Cell cell{.is_null = false, .number = 0, .bytes = {}, .children = {}};
  for (std::size_t left = list_length(); left > 0; --left) {
    Cell key = node(path + ".key", type.children[0].type, false);
    bool is_new = true;
    for (std::size_t i = 0; i < cell.children.size(); i += 2) {
      is_new = is_new && !same(cell.children[i], key);
    }
    if (is_new) {
      cell.children.push_back(std::move(key));
      cell.children.push_back(node(path + ".value", type.children[1].type, true));
    }
  }
  return cell;
}

Cell RowSource::structure(const std::string& path, const Type& type) {
  Cell cell{.is_null = false, .number = 0, .bytes = {}, .children = {}};
  for (const columnar::Field& field : type.children) {
    cell.children.push_back(node(path + "." + field.name, field.type, true));
  }
  return cell;
}

Cell RowSource::leaf(Node& state, const Type& type) {
  constexpr std::uint64_t run_max = 50;
  if (style_.values == Values::runs && state.count > 0 && state.value_run_left > 0) {
    --state.value_run_left;
    return state.value;
  }
  state.value_run_left = random_.below(run_max);
  state.value = fresh(state, type);
  ++state.count;
  return state.value;
}

Cell RowSource::fresh(Node& state, const Type& type) {
  constexpr std::size_t handful_max = 12;
  switch (style_.values) {
    case Values::any:
    case Values::runs:
      return any_value(type);
    case Values::limits:
      return random_.below(4) == 0 ? any_value(type) : limit_value(type);
    case Values::few:
      if (state.handful.size() < handful_max) {
        state.handful.push_back(any_value(type));
        return state.handful.back();
      }
      return state.handful[random_.below(handful_max)];
    case Values::ascending:
      return ascending_value(state, type);
  }
  return {};
}

Cell RowSource::any_value(const Type& type) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ 0123";
  switch (type.kind) {
    case Kind::float32:
      return of_float((static_cast<float>(random_.below(1U << 24U)) - 8e6F) / 128.0F);
    case Kind::float64:
      return of_double((static_cast<double>(random_.next() >> 11U) - 4e15) / 1048576.0);
    case Kind::binary: {
      Bytes bytes(random_.below(style_.text_bytes_max + 1), '\0');
      for (char& c : bytes) {
        c = static_cast<char>(random_.below(256));
      }
      return of_bytes(std::move(bytes));
    }
    default:
      break;
  }
  if (is_text(type)) {
    Bytes text(random_.below(style_.text_bytes_max + 1), '\0');
    for (char& c : text) {
      c = alphabet[random_.below(alphabet.size())];
    }
    return of_bytes(fitted(type, text));
  }
  const auto [low, high] = range_of(type, style_.times);
  __extension__ using Unsigned = unsigned __int128;
  const Unsigned bits = static_cast<Unsigned>(random_.next()) << 64U | random_.next();
  return of_number(low + static_cast<Int128>(bits % static_cast<Unsigned>(high - low + 1)));
}

Cell RowSource::limit_value(const Type& type) {
  const std::uint64_t choice = random_.next() >> 8U;
  switch (type.kind) {
    case Kind::float32:
      return odd_float(choice);
    case Kind::float64:
      return odd_double(choice);
    case Kind::binary:
      return of_bytes(Bytes(odd_binaries()[choice % odd_binaries().size()]));
    default:
      break;
  }
  if (is_text(type)) {
    return of_bytes(fitted(type, odd_texts()[choice % odd_texts().size()]));
  }
  const auto [low, high] = range_of(type, style_.times);
  const Int128 numbers[] = {low, high, low + 1, high - 1, 0, 1, -1, high / 2, low / 2 - 1};
  return of_number(std::clamp(numbers[choice % std::size(numbers)], low, high));
}

Cell RowSource::ascending_value(Node& state, const Type& type) {
  const std::uint64_t step = random_.below(1000);
  if (type.kind == Kind::float32) {
    return of_float(static_cast<float>(state.count) * 0.25F);
  }
  if (type.kind == Kind::float64) {
    return of_double(static_cast<double>(state.count * 1000 + step) / 8);
  }
  if (is_text(type) || type.kind == Kind::binary) {
    const std::string text = fmt::format("2025-07-15T{:08}.{:03}", state.count, step);
    // A short char keeps the end, where the digits are that change.
    const bool is_short = is_text(type) && type.kind != Kind::string && type.precision < 20;
    return of_bytes(fitted(type, is_short ? std::string_view(text).substr(11) : text));
  }
  const auto [low, high] = range_of(type, style_.times);
  const Int128 scale = type.kind == Kind::timestamp ? 1'000'000 : type.kind == Kind::date ? 0 : 1;
  const Int128 before = state.count == 0 ? std::max<Int128>(low, -3000) : state.value.number;
  return of_number(std::min(high, before + static_cast<Int128>(step) * scale / 300));
}

}  // namespace sluice::matrix
