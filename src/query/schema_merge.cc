// Schemas merged column by column.
#include "query/schema_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::query {
namespace {

using columnar::Field;
using columnar::Kind;
using columnar::Type;

constexpr std::int32_t decimal_precision_max = 38;

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
    return lower(a) == lower(b);
  });
}

Field* find(std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return equal_ignoring_case(field.name, name);
  });
  return found == fields.end() ? nullptr : &*found;
}

// 1 to 4 for the integers, 0 for others.
int integer_rank(Kind kind) {
  constexpr std::array<Kind, 4> integers = {
      Kind::tinyint, Kind::smallint, Kind::integer, Kind::bigint};
  const auto* const found = std::find(integers.begin(), integers.end(), kind);
  return found == integers.end() ? 0 : static_cast<int>(found - integers.begin()) + 1;
}

bool is_floating(Kind kind) {
  return kind == Kind::float32 || kind == Kind::float64;
}

bool is_text(Kind kind) {
  return kind == Kind::string || kind == Kind::varchar || kind == Kind::fixed_char;
}

// The decimal that holds every value of a number's type that is not floating.
Type as_decimal(const Type& type) {
  constexpr std::array<std::int32_t, 5> digits = {0, 3, 5, 10, 19};
  Type decimal = type;
  if (type.kind != Kind::decimal) {
    decimal.kind = Kind::decimal;
    decimal.precision = digits[static_cast<std::size_t>(integer_rank(type.kind))];
    decimal.scale = 0;
  }
  return decimal;
}

std::optional<Type> wider_decimal(const Type& left, const Type& right) {
  Type wide = as_decimal(left);
  const Type other = as_decimal(right);
  const std::int32_t whole = std::max(wide.precision - wide.scale, other.precision - other.scale);
  wide.scale = std::max(wide.scale, other.scale);
  wide.precision = whole + wide.scale;
  return wide.precision <= decimal_precision_max ? std::optional(wide) : std::nullopt;
}

std::optional<Type> wider_number(const Type& left, const Type& right) {
  const bool is_left_number = integer_rank(left.kind) > 0 || left.kind == Kind::decimal;
  const bool is_right_number = integer_rank(right.kind) > 0 || right.kind == Kind::decimal;
  if (is_left_number && is_right_number) {
    return wider_decimal(left, right);
  }
  const bool is_integer = integer_rank(left.kind) > 0 || integer_rank(right.kind) > 0;
  if ((is_floating(left.kind) || is_floating(right.kind)) &&
      (is_integer || (is_floating(left.kind) && is_floating(right.kind)))) {
    Type wide;
    wide.kind = Kind::float64;
    return wide;
  }
  return std::nullopt;
}

std::optional<Type> wider_nested(const Type& left, const Type& right) {
  Type wide = left;
  if (left.kind == Kind::structure) {
    for (const Field& field : right.children) {
      Field* same = find(wide.children, field.name);
      if (same == nullptr) {
        wide.children.push_back(field);
        continue;
      }
      auto type = wider_type(same->type, field.type);
      if (!type) {
        return std::nullopt;
      }
      same->type = *std::move(type);
    }
    return wide;
  }
  for (std::size_t child = 0; child < wide.children.size(); ++child) {
    auto type = wider_type(left.children[child].type, right.children[child].type);
    if (!type) {
      return std::nullopt;
    }
    wide.children[child].type = *std::move(type);
  }
  return wide;
}

}  // namespace

std::optional<Type> wider_type(const Type& left, const Type& right) {
  if (left == right) {
    return left;
  }
  if (left.is_nested() && left.kind == right.kind) {
    return wider_nested(left, right);
  }
  if (const int l = integer_rank(left.kind), r = integer_rank(right.kind); l > 0 && r > 0) {
    return l > r ? left : right;
  }
  if (is_text(left.kind) && is_text(right.kind)) {
    return Type{};
  }
  if ((left.kind == Kind::date && right.kind == Kind::timestamp) ||
      (left.kind == Kind::timestamp && right.kind == Kind::date)) {
    return left.kind == Kind::timestamp ? left : right;
  }
  return wider_number(left, right);
}

MergedSchema merge_schemas(const columnar::Schema& left, const columnar::Schema& right) {
  MergedSchema merged{.schema = left, .shared = 0, .conflict = {}};
  for (const Field& column : right.columns) {
    Field* same = find(merged.schema.columns, column.name);
    if (same == nullptr) {
      merged.schema.columns.push_back(column);
      continue;
    }
    ++merged.shared;
    auto type = wider_type(same->type, column.type);
    if (type) {
      same->type = *std::move(type);
    } else if (merged.conflict.empty()) {
      merged.conflict = fmt::format("{} is {} and {}",
                                    same->name,
                                    columnar::to_string(same->type),
                                    columnar::to_string(column.type));
    }
  }
  return merged;
}

bool are_similar(const columnar::Schema& left, const columnar::Schema& right, std::size_t shared) {
  const std::size_t narrower = std::min(left.columns.size(), right.columns.size());
  return shared * 10 >= narrower * 7;
}

}  // namespace sluice::query
