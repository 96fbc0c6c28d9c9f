// Schemas as Parquet spells them: a tree flattened depth first, and the leaves that hold data.
#pragma once

#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "parquet/bounds.h"
#include "parquet/metadata.h"
#include "parquet/physical.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::parquet {

// How a stored leaf is laid out: the physical type, its length when fixed, the order of its bounds.
struct PhysicalLeaf {
  PhysicalType type = PhysicalType::byte_array;
  std::int32_t type_length = 0;  // fixed_len_byte_array: bytes
  Order order = Order::bytes;
  bool is_text = false;  // UTF-8, so a cut bound must stay UTF-8
};

PhysicalLeaf physical_leaf(const columnar::Leaf& leaf);

// The elements of `schema`, the root first.  Every node is optional but map keys; lists and maps
// have three levels; timestamps are instants.  Leaves come in the order of columnar::leaves_of().
std::vector<SchemaElement> elements_of(const columnar::Schema& schema,
                                       const PhysicalOptions& options = {});

// The leaves of `schema` as they are stored, with their paths in the file.
std::vector<columnar::Leaf> stored_leaves(const columnar::Schema& schema,
                                          const PhysicalOptions& options);

// How values of a leaf of any file compare; Order::none where this program does not know, as for
// unsigned integers.
Order order_of(const SchemaElement& element);

// The numbers of the leaves that `name` means: the leaf with this path, joined by dots, or all
// leaves of the column of that name.  Fault::invalid lists the columns there are when it means
// none.
Result<std::vector<std::size_t>> leaves_named(const std::vector<columnar::Leaf>& leaves,
                                              std::string_view name);

// Bytes of a fixed-length decimal: the fewest that hold `precision` digits (1 to 38) and a sign.
std::int32_t decimal_bytes(std::int32_t precision);

struct SchemaLeaf {
  std::size_t element = 0;        // in SchemaTree::elements
  std::vector<std::string> path;  // without the root
  std::uint8_t definition_max = 0;
  std::uint8_t repetition_max = 0;
};

struct SchemaTree {
  std::vector<SchemaElement> elements;
  std::vector<std::uint8_t> depths;  // one an element; the root is 0
  std::vector<SchemaLeaf> leaves;
};

// Fault::corrupt when the elements are not a tree, nest deeper than schema_depth_max, or lack what
// a reader needs.
Result<SchemaTree> build_tree(std::vector<SchemaElement> elements);

inline constexpr std::size_t schema_depth_max = 200;

}  // namespace sluice::parquet
