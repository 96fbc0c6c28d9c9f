// Between Hive's types and Parquet's schema elements.
#include "parquet/schema.h"

#include "base/check.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace sluice::parquet {

namespace {

using columnar::Kind;
using columnar::Storage;
using columnar::Type;

SchemaElement group_element(std::string name,
                            std::optional<Repetition> repetition,
                            std::size_t children) {
  SchemaElement element;
  element.name = std::move(name);
  element.repetition = repetition;
  element.num_children = static_cast<std::int32_t>(children);
  return element;
}

void annotate(SchemaElement& element, std::optional<ConvertedType> converted, LogicalType logical) {
  element.converted_type = converted;
  element.logical_type = logical;
}

LogicalType logical(LogicalKind kind) {
  LogicalType type;
  type.kind = kind;
  return type;
}

LogicalType small_integer(std::int8_t bits) {
  LogicalType type = logical(LogicalKind::integer);
  type.bit_width = bits;
  return type;
}

void annotate_decimal(SchemaElement& element, const Type& type) {
  LogicalType annotation = logical(LogicalKind::decimal);
  annotation.precision = type.precision;
  annotation.scale = type.scale;
  annotate(element, ConvertedType::decimal, annotation);
  element.precision = type.precision;
  element.scale = type.scale;
}

void annotate_timestamp(SchemaElement& element, TimestampUnit unit) {
  LogicalType annotation = logical(LogicalKind::timestamp);
  annotation.is_adjusted_to_utc = true;
  switch (unit) {
    case TimestampUnit::micros:
      annotate(element, ConvertedType::timestamp_micros, annotation);
      break;
    case TimestampUnit::millis:
      annotation.unit = TimeUnit::millis;
      annotate(element, ConvertedType::timestamp_millis, annotation);
      break;
    case TimestampUnit::nanos:
      annotation.unit = TimeUnit::nanos;
      annotate(element, std::nullopt, annotation);
      break;
    case TimestampUnit::int96:
      break;
  }
}

// Appends the nodes of a schema, depth first.
class ElementWalk {
 public:
  ElementWalk(const PhysicalOptions& options, std::vector<SchemaElement>& out)
      : options_(options), is_hive_(options.lists == ListNames::hive), out_(out) {}

  void node(const std::string& name, const Type& type, Repetition repetition) {
    switch (type.kind) {
      case Kind::array:
        out_.push_back(group_element(name, repetition, 1));
        annotate(out_.back(), ConvertedType::list, logical(LogicalKind::list));
        out_.push_back(group_element(is_hive_ ? "bag" : "list", Repetition::repeated, 1));
        node(is_hive_ ? "array_element" : "element", type.children[0].type, Repetition::optional);
        break;
      case Kind::map:
        out_.push_back(group_element(name, repetition, 1));
        annotate(out_.back(), ConvertedType::map, logical(LogicalKind::map));
        out_.push_back(group_element(is_hive_ ? "map" : "key_value", Repetition::repeated, 2));
        if (is_hive_) {
          out_.back().converted_type = ConvertedType::map_key_value;
        }
        node("key", type.children[0].type, Repetition::required);
        node("value", type.children[1].type, Repetition::optional);
        break;
      case Kind::structure:
        out_.push_back(group_element(name, repetition, type.children.size()));
        for (const columnar::Field& field : type.children) {
          node(field.name, field.type, Repetition::optional);
        }
        break;
      default:
        leaf(name, type, repetition);
    }
  }

 private:
  void leaf(const std::string& name, const Type& type, Repetition repetition) {
    const columnar::Leaf leaf = columnar::leaves_of({.columns = {{name, type}}}).front();
    const PhysicalLeaf physical = physical_leaf(stored_form(leaf, options_));
    SchemaElement& element = out_.emplace_back();
    element.name = name;
    element.repetition = repetition;
    element.type = physical.type;
    if (physical.type == PhysicalType::fixed_len_byte_array) {
      element.type_length = physical.type_length;
    }
    switch (type.kind) {
      case Kind::tinyint:
        annotate(element, ConvertedType::int_8, small_integer(8));
        break;
      case Kind::smallint:
        annotate(element, ConvertedType::int_16, small_integer(16));
        break;
      case Kind::string:
      case Kind::fixed_char:
      case Kind::varchar:
        annotate(element, ConvertedType::utf8, logical(LogicalKind::string));
        break;
      case Kind::date:
        annotate(element, ConvertedType::date, logical(LogicalKind::date));
        break;
      case Kind::timestamp:
        annotate_timestamp(element, options_.timestamp);
        break;
      case Kind::decimal:
        annotate_decimal(element, type);
        break;
      default:
        break;
    }
  }

  const PhysicalOptions& options_;
  bool is_hive_;
  std::vector<SchemaElement>& out_;
};

// A group whose children are still to come.
struct OpenGroup {
  std::int32_t children_left;
  std::uint8_t definition;
  std::uint8_t repetition;
};

std::unexpected<Error> bad_element(std::size_t index,
                                   const SchemaElement& element,
                                   std::string_view why) {
  return fail(Fault::corrupt,
              fmt::format("schema element {} (\"{:.100}\") {}", index, element.name, why));
}

Result<void> check_element(std::size_t index, const SchemaElement& element, bool is_leaf) {
  constexpr std::int32_t fixed_length_max = 1 << 20;
  if (!is_leaf && (element.type || !element.num_children || *element.num_children < 0)) {
    return bad_element(index, element, "is neither a leaf with a type nor a group with children");
  }
  if (index > 0 && !element.repetition) {
    return bad_element(index, element, "has no repetition");
  }
  if (is_leaf && element.type == PhysicalType::fixed_len_byte_array &&
      (!element.type_length || *element.type_length <= 0 ||
       *element.type_length > fixed_length_max)) {
    return bad_element(index, element, "has a fixed length that makes no sense");
  }
  return {};
}

}  // namespace

std::int32_t decimal_bytes(std::int32_t precision) {
  // digits[n-1]: how many digits n bytes hold, the floor of log10(2^(8n-1) - 1).
  constexpr std::int32_t digits[] = {2, 4, 6, 9, 11, 14, 16, 18, 21, 23, 26, 28, 31, 33, 35, 38};
  std::int32_t bytes = 1;
  for (std::int32_t held : digits) {
    if (precision <= held) {
      return bytes;
    }
    ++bytes;
  }
  SLUICE_CHECK(false && "a decimal has at most 38 digits");
  return 0;
}

PhysicalLeaf physical_leaf(const columnar::Leaf& leaf) {
  switch (leaf.storage) {
    case Storage::boolean:
      return {.type = PhysicalType::boolean, .order = Order::boolean};
    case Storage::int32:
      return {.type = PhysicalType::int32, .order = Order::int32};
    case Storage::int64:
      return {.type = PhysicalType::int64, .order = Order::int64};
    case Storage::float32:
      return {.type = PhysicalType::float32, .order = Order::float32};
    case Storage::float64:
      return {.type = PhysicalType::float64, .order = Order::float64};
    case Storage::bytes:
      return {.type = PhysicalType::byte_array,
              .order = Order::bytes,
              .is_text = leaf.type.kind != Kind::binary};
    case Storage::fixed_bytes:
      if (leaf.type.kind == Kind::timestamp) {
        return {.type = PhysicalType::int96,
                .type_length = static_cast<std::int32_t>(int96_bytes),
                .order = Order::none};
      }
      return {.type = PhysicalType::fixed_len_byte_array,
              .type_length = decimal_bytes(leaf.type.precision),
              .order = Order::decimal_bytes};
  }
  SLUICE_CHECK(false && "every storage has a physical type");
  return {};
}

std::vector<SchemaElement> elements_of(const columnar::Schema& schema,
                                       const PhysicalOptions& options) {
  std::vector<SchemaElement> out;
  out.push_back(group_element(options.root, std::nullopt, schema.columns.size()));
  ElementWalk walk(options, out);
  for (const columnar::Field& column : schema.columns) {
    walk.node(column.name, column.type, Repetition::optional);
  }
  return out;
}

std::vector<columnar::Leaf> stored_leaves(const columnar::Schema& schema,
                                          const PhysicalOptions& options) {
  const Result<SchemaTree> tree = build_tree(elements_of(schema, options));
  SLUICE_CHECK(tree.has_value());
  std::vector<columnar::Leaf> leaves = columnar::leaves_of(schema);
  SLUICE_CHECK(tree->leaves.size() == leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    leaves[i] = stored_form(leaves[i], options);
    leaves[i].path = tree->leaves[i].path;
    SLUICE_CHECK(leaves[i].definition_max == tree->leaves[i].definition_max);
    SLUICE_CHECK(leaves[i].repetition_max == tree->leaves[i].repetition_max);
  }
  return leaves;
}

Order order_of(const SchemaElement& element) {
  const std::optional<ConvertedType> converted = element.converted_type;
  const LogicalKind kind = element.logical_type ? element.logical_type->kind : LogicalKind::unknown;
  const bool is_decimal = converted == ConvertedType::decimal || kind == LogicalKind::decimal;
  const bool is_unsigned = kind == LogicalKind::integer ? !element.logical_type->is_signed
                                                        : converted >= ConvertedType::uint_8 &&
                                                              converted <= ConvertedType::uint_64;
  switch (element.type.value_or(PhysicalType::int96)) {
    case PhysicalType::boolean:
      return Order::boolean;
    case PhysicalType::int32:
      return is_unsigned ? Order::none : Order::int32;
    case PhysicalType::int64:
      return is_unsigned ? Order::none : Order::int64;
    case PhysicalType::float32:
      return Order::float32;
    case PhysicalType::float64:
      return Order::float64;
    case PhysicalType::byte_array:
      // Decimals here differ in length; what is annotated in a way we do not know (geometries) may
      // have no order.
      return is_decimal || (element.logical_type && kind == LogicalKind::unknown) ? Order::none
                                                                                  : Order::bytes;
    case PhysicalType::fixed_len_byte_array:
      return kind == LogicalKind::float16 || converted == ConvertedType::interval ? Order::none
             : is_decimal ? Order::decimal_bytes
                          : Order::bytes;
    case PhysicalType::int96:
      return Order::none;
  }
  return Order::none;
}

Result<std::vector<std::size_t>> leaves_named(const std::vector<columnar::Leaf>& leaves,
                                              std::string_view name) {
  constexpr std::size_t columns_listed_bytes_max = 300;
  std::vector<std::size_t> named;
  std::string columns;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::vector<std::string>& path = leaves[i].path;
    if (path.front() == name || fmt::to_string(fmt::join(path, ".")) == name) {
      named.push_back(i);
    }
    if (i == 0 || leaves[i - 1].path.front() != path.front()) {
      columns += (columns.empty() ? "" : ", ") + path.front();
    }
  }
  if (named.empty()) {
    return fail(Fault::invalid,
                fmt::format("there is no column \"{:.100}\"; there are {:.{}}",
                            name,
                            columns,
                            columns_listed_bytes_max));
  }
  return named;
}

Result<SchemaTree> build_tree(std::vector<SchemaElement> elements) {
  constexpr int level_max = 255;
  SchemaTree tree;
  tree.elements = std::move(elements);
  std::vector<OpenGroup> open;
  std::vector<std::string> path;
  for (std::size_t i = 0; i < tree.elements.size(); ++i) {
    const SchemaElement& element = tree.elements[i];
    const bool is_leaf = i > 0 && element.type && element.num_children.value_or(0) == 0;
    SLUICE_TRY_DO(check_element(i, element, is_leaf));
    if (i > 0 && open.empty()) {
      return bad_element(i, element, "belongs to no group");
    }
    int definition = 0;
    int repetition = 0;
    if (i > 0) {
      --open.back().children_left;
      const bool is_repeated = element.repetition == Repetition::repeated;
      definition = open.back().definition + (element.repetition == Repetition::required ? 0 : 1);
      repetition = open.back().repetition + (is_repeated ? 1 : 0);
      path.push_back(element.name);
    }
    if (open.size() > schema_depth_max || definition > level_max) {
      return bad_element(i, element, "is nested too deep");
    }
    tree.depths.push_back(static_cast<std::uint8_t>(open.size()));
    const auto definition_level = static_cast<std::uint8_t>(definition);
    const auto repetition_level = static_cast<std::uint8_t>(repetition);
    if (is_leaf) {
      tree.leaves.push_back({i, path, definition_level, repetition_level});
      path.pop_back();
    } else {
      open.push_back({*element.num_children, definition_level, repetition_level});
    }
    while (!open.empty() && open.back().children_left == 0) {
      open.pop_back();
      if (!open.empty()) {
        path.pop_back();
      }
    }
  }
  if (tree.elements.empty() || !open.empty()) {
    return fail(Fault::corrupt, "the schema ends before its groups have all their children");
  }
  return tree;
}

}  // namespace sluice::parquet
