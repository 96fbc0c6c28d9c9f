// Which of Trino's functions there are, and what each becomes in DuckDB's SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

struct TrinoFunction {
  enum class Kind : std::uint8_t {
    native,        // DuckDB's own of that name does the same
    rewritten,     // becomes `sql`
    time_pattern,  // its last argument is a pattern, see trino_patterns.h
    refused,       // `sql` says why
  };

  std::string_view name;  // lower case
  Kind kind = Kind::native;
  std::size_t arguments_min = 0;
  std::size_t arguments_max = any_number;

  // What a call becomes.  $1 is its first argument, $* all with commas, $| all with ||.  Of a
  // lambda $2 is the whole, $2a and $2b its parameters, $2x what is behind the arrow.
  std::string_view sql = {};

  std::string_view note = {};  // what is different from Trino, for the documentation
};

// By name; several of one name differ in their number of arguments.
std::span<const TrinoFunction> trino_functions();

// Those of that name, in any case of letters; empty when there is none.
std::span<const TrinoFunction> find_trino_functions(std::string_view name);

// Up to three known names that differ from `name` by a letter or two, nearest first.
std::vector<std::string_view> near_trino_functions(std::string_view name);

}  // namespace sluice::query
