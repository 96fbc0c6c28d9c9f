// The Expression of Glue's GetPartitions: which partitions are wanted, said as in SQL's WHERE.
//
//   year = '2025' AND (month IN ('06', '07') OR NOT day < '15') AND session LIKE 'session%'
//
// Operators: = <> != < <= > >= AND OR NOT, [NOT] IN, [NOT] BETWEEN, [NOT] LIKE, IS [NOT] NULL.  One
// side of a comparison is a partition key (names without regard to case, also in "quotes" or
// `back-ticks`), the other a literal: 'text', a number, DATE '...' or TIMESTAMP '...'.  Values are
// compared as the key's type says (catalog/typed_value.h); keys of other types (double, boolean,
// nested ones) cannot be used.  Logic has three values, as in SQL: Hive's name for a missing value,
// __HIVE_DEFAULT_PARTITION__, is NULL, and so is a value that its type cannot read.
//
// Source: AWS Glue API reference, GetPartitions, "Expression".
#pragma once

#include "base/result.h"
#include "catalog/table.h"
#include "catalog/typed_value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

inline constexpr std::string_view null_partition_value = "__HIVE_DEFAULT_PARTITION__";

inline constexpr std::size_t expression_depth_max = 100;  // parentheses and NOTs within each other

// Immutable; value type.
class PartitionExpression {
 public:
  // Fault::invalid: "position 8: ...".
  static Result<PartitionExpression> parse(std::string_view text, std::span<const Column> keys);

  // `values` has one for each of the keys.
  bool matches(std::span<const std::string> values) const;

 private:
  friend class ExpressionParser;

  enum class Operation : std::uint8_t {
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    in,
    between,
    like,
    is_null,
    logical_not,
    logical_and,
    logical_or
  };

  // A test of one key, or a word between the results of those before it: the steps are in the order
  // in which a stack computes them.
  struct Step {
    Operation operation = Operation::equal;
    std::size_t key = 0;
    KeyKind kind = KeyKind::text;
    std::vector<TypedValue> operands;
    std::string pattern;  // like
  };

  static std::optional<bool> test(const Step& step, std::string_view value);

  std::vector<Step> steps_;
};

}  // namespace sluice::catalog
