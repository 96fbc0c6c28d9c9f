// Parquet schemas as Hive columns: one walk over the flattened tree.
#include "query/file_schema.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

using columnar::Field;
using columnar::Kind;
using columnar::Type;
using parquet::ConvertedType;
using parquet::LogicalKind;
using parquet::PhysicalType;
using parquet::SchemaElement;

constexpr std::int32_t decimal_precision_max = 38;

Type of(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

Type decimal(std::int32_t precision, std::int32_t scale) {
  if (precision < 1 || precision > decimal_precision_max || scale < 0 || scale > precision) {
    return of(Kind::binary);
  }
  Type type = of(Kind::decimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type integer(int bits, bool is_signed) {
  switch (bits) {
    case 8:
      return of(is_signed ? Kind::tinyint : Kind::smallint);
    case 16:
      return of(is_signed ? Kind::smallint : Kind::integer);
    case 32:
      return of(is_signed ? Kind::integer : Kind::bigint);
    default:
      return is_signed ? of(Kind::bigint) : decimal(20, 0);
  }
}

Type physical(const SchemaElement& element) {
  switch (*element.type) {
    case PhysicalType::boolean:
      return of(Kind::boolean);
    case PhysicalType::int32:
      return of(Kind::integer);
    case PhysicalType::int64:
      return of(Kind::bigint);
    case PhysicalType::int96:
      return of(Kind::timestamp);
    case PhysicalType::float32:
      return of(Kind::float32);
    case PhysicalType::float64:
      return of(Kind::float64);
    case PhysicalType::byte_array:
    case PhysicalType::fixed_len_byte_array:
      break;
  }
  return of(Kind::binary);
}

Type converted(const SchemaElement& element) {
  switch (*element.converted_type) {
    case ConvertedType::utf8:
    case ConvertedType::enumeration:
    case ConvertedType::json:
      return of(Kind::string);
    case ConvertedType::decimal:
      return decimal(element.precision.value_or(0), element.scale.value_or(0));
    case ConvertedType::date:
      return of(Kind::date);
    case ConvertedType::timestamp_millis:
    case ConvertedType::timestamp_micros:
      return of(Kind::timestamp);
    case ConvertedType::uint_8:
      return integer(8, false);
    case ConvertedType::uint_16:
      return integer(16, false);
    case ConvertedType::uint_32:
      return integer(32, false);
    case ConvertedType::uint_64:
      return integer(64, false);
    case ConvertedType::int_8:
      return integer(8, true);
    case ConvertedType::int_16:
      return integer(16, true);
    case ConvertedType::int_32:
    case ConvertedType::int_64:
    case ConvertedType::time_millis:
    case ConvertedType::time_micros:
    case ConvertedType::map:
    case ConvertedType::map_key_value:
    case ConvertedType::list:
    case ConvertedType::bson:
    case ConvertedType::interval:
      break;
  }
  return physical(element);
}

Type leaf(const SchemaElement& element) {
  if (!element.logical_type) {
    return element.converted_type ? converted(element) : physical(element);
  }
  const parquet::LogicalType& logical = *element.logical_type;
  switch (logical.kind) {
    case LogicalKind::string:
    case LogicalKind::enumeration:
    case LogicalKind::json:
    case LogicalKind::uuid:
    case LogicalKind::null:
      return of(Kind::string);
    case LogicalKind::decimal:
      return decimal(logical.precision, logical.scale);
    case LogicalKind::date:
      return of(Kind::date);
    case LogicalKind::timestamp:
      return of(Kind::timestamp);
    case LogicalKind::integer:
      return integer(logical.bit_width, logical.is_signed);
    case LogicalKind::float16:
      return of(Kind::float32);
    case LogicalKind::unknown:
      return element.converted_type ? converted(element) : physical(element);
    case LogicalKind::map:
    case LogicalKind::list:
    case LogicalKind::time:
    case LogicalKind::bson:
      break;
  }
  return physical(element);
}

Type array_of(Type element) {
  Type type = of(Kind::array);
  type.children.push_back({"element", std::move(element)});
  return type;
}

// Reads the elements in order; depth is bounded by parquet::schema_depth_max.
class Walk {
 public:
  explicit Walk(const std::vector<SchemaElement>& elements) : elements_(elements) {}

  // The next element with all below it.
  Field field() {
    const SchemaElement& element = take();
    Type type = type_of(element);
    if (element.repetition == parquet::Repetition::repeated) {
      type = array_of(std::move(type));
    }
    return {element.name, std::move(type)};
  }

  const SchemaElement& take() {
    SLUICE_CHECK(next_ < elements_.size());
    return elements_[next_++];
  }

 private:
  static bool is_annotated(const SchemaElement& element, LogicalKind logical, ConvertedType old) {
    return (element.logical_type && element.logical_type->kind == logical) ||
           element.converted_type == old;
  }

  // The element's only child, if that is repeated.
  const SchemaElement* repeated_child(const SchemaElement& element) const {
    if (element.num_children != 1 || next_ >= elements_.size() ||
        elements_[next_].repetition != parquet::Repetition::repeated) {
      return nullptr;
    }
    return &elements_[next_];
  }

  Type type_of(const SchemaElement& element) {
    if (element.type) {
      return leaf(element);
    }
    const SchemaElement* repeated = repeated_child(element);
    if (repeated != nullptr && is_annotated(element, LogicalKind::list, ConvertedType::list)) {
      return list(element, *repeated);
    }
    const bool is_map = is_annotated(element, LogicalKind::map, ConvertedType::map) ||
                        element.converted_type == ConvertedType::map_key_value;
    if (repeated != nullptr && is_map && repeated->num_children == 2) {
      take();
      Type type = of(Kind::map);
      type.children.push_back({"key", field().type});
      type.children.push_back({"value", field().type});
      return type;
    }
    return structure(element);
  }

  Type list(const SchemaElement& element, const SchemaElement& repeated) {
    take();
    if (repeated.type) {
      return array_of(leaf(repeated));
    }
    const bool is_element = repeated.num_children != 1 || repeated.name == "array" ||
                            repeated.name == element.name + "_tuple";
    return array_of(is_element ? structure(repeated) : field().type);
  }

  Type structure(const SchemaElement& element) {
    Type type = of(Kind::structure);
    for (std::int32_t child = 0; child < element.num_children.value_or(0); ++child) {
      type.children.push_back(field());
    }
    return type;
  }

  const std::vector<SchemaElement>& elements_;
  std::size_t next_ = 0;
};

}  // namespace

columnar::Schema file_schema(const parquet::SchemaTree& tree) {
  columnar::Schema schema;
  Walk walk(tree.elements);
  const std::int32_t columns = walk.take().num_children.value_or(0);
  for (std::int32_t column = 0; column < columns; ++column) {
    Field field = walk.field();
    std::transform(field.name.begin(), field.name.end(), field.name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    schema.columns.push_back(std::move(field));
  }
  return schema;
}

}  // namespace sluice::query
