// From a schema to its leaves, with the levels that say where nulls and lists begin.
#include "base/check.h"
#include "columnar/column.h"

#include <utility>

namespace sluice::columnar {

namespace {

Storage storage_of(const Type& type) {
  constexpr std::int32_t int32_digits_max = 9;
  constexpr std::int32_t int64_digits_max = 18;
  switch (type.kind) {
    case Kind::boolean:
      return Storage::boolean;
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
    case Kind::date:
      return Storage::int32;
    case Kind::bigint:
    case Kind::timestamp:
      return Storage::int64;
    case Kind::float32:
      return Storage::float32;
    case Kind::float64:
      return Storage::float64;
    case Kind::decimal:
      return type.precision <= int32_digits_max   ? Storage::int32
             : type.precision <= int64_digits_max ? Storage::int64
                                                  : Storage::fixed_bytes;
    case Kind::string:
    case Kind::fixed_char:
    case Kind::varchar:
    case Kind::binary:
      return Storage::bytes;
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      break;
  }
  SLUICE_CHECK(false && "a nested type has no storage of its own");
  return Storage::bytes;
}

// Walks the tree depth first.  The levels of the node above are passed by value: each branch
// counts on from there.
class LeafWalk {
 public:
  explicit LeafWalk(std::vector<Leaf>& out) : out_(out) {}

  void node(
      const std::string& name, const Type& type, bool optional, int definition, int repetition) {
    path_.push_back(name);
    definition += optional ? 1 : 0;
    switch (type.kind) {
      case Kind::array:
        SLUICE_CHECK(type.children.size() == 1);
        path_.emplace_back("list");
        node("element", type.children[0].type, true, definition + 1, repetition + 1);
        path_.pop_back();
        break;
      case Kind::map:
        SLUICE_CHECK(type.children.size() == 2);
        path_.emplace_back("key_value");
        node("key", type.children[0].type, false, definition + 1, repetition + 1);
        node("value", type.children[1].type, true, definition + 1, repetition + 1);
        path_.pop_back();
        break;
      case Kind::structure:
        for (const Field& field : type.children) {
          node(field.name, field.type, true, definition, repetition);
        }
        break;
      default:
        leaf(type, definition, repetition);
    }
    path_.pop_back();
  }

 private:
  void leaf(const Type& type, int definition, int repetition) {
    constexpr int level_max = 255;
    SLUICE_CHECK(definition <= level_max);
    SLUICE_CHECK(repetition <= definition);
    out_.push_back({.path = path_,
                    .type = type,
                    .storage = storage_of(type),
                    .definition_max = static_cast<std::uint8_t>(definition),
                    .repetition_max = static_cast<std::uint8_t>(repetition)});
  }

  std::vector<Leaf>& out_;
  std::vector<std::string> path_;
};

}  // namespace

std::vector<Leaf> leaves_of(const Schema& schema) {
  std::vector<Leaf> leaves;
  LeafWalk walk(leaves);
  for (const Field& column : schema.columns) {
    walk.node(column.name, column.type, true, 0, 0);
  }
  return leaves;
}

}  // namespace sluice::columnar
