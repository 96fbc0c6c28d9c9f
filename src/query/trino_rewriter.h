// The walk over the tokens of one query; trino_translate.h says what it does.
//
// The unit of rewriting is the operand: a name, a literal, a call, something in brackets, with the
// subscripts and fields behind it.  What stands between operands is copied.  An operator that needs
// its left side rewritten (AT TIME ZONE, + INTERVAL) takes the last operand back from the output.
// Functions that take `at` and give an index return the first token behind what they have written.
#pragma once

#include "query/trino_column_names.h"
#include "query/trino_functions.h"
#include "query/trino_piece.h"
#include "query/trino_statement_tokens.h"

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

using Index = std::size_t;

// A lambda's parameters and body, translated.
struct Lambda {
  std::vector<std::string> parameters;
  Piece body;
};

struct Argument {
  Piece whole;
  std::optional<Lambda> lambda;
};

// What stands behind UNNEST(...): WITH ORDINALITY AS t (a, b).
struct Unnested {
  bool has_ordinality = false;
  Index ordinality_end = 0;  // behind WITH ORDINALITY
  std::size_t columns = 0;   // 0: not given
};

template <std::size_t N>
bool is_one_of(const Token& token, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words) {
    if (token.is_word(word)) {
      return true;
    }
  }
  return false;
}

// Used once.  Borrows the tokens.
class Rewriter {
 public:
  explicit Rewriter(const StatementTokens& tokens)
      : tokens_(tokens), names_(unnamed_columns(tokens)) {}

  Result<Translation> whole();

 private:
  // trino_translate.cc: the walk and the operators
  // Copies EXPLAIN [ANALYZE] without Trino's options in brackets; returns what is next.
  Index explain(Index start, Piece& out) const;
  bool holds_query(Index bracket) const;
  void copy(Index index, Piece& out) const;
  void copy(TokenRange range, Piece& out) const;
  Result<void> range(TokenRange range, Piece& out);
  bool begins_operand(Index at) const;
  Result<Index> operand(Index at, Index last, bool after_arithmetic, Piece& out);
  bool is_at_time_zone(Index at, Index last) const;
  Result<Index> time_zone(Index at, Index last, Index left_start, Piece& out);
  // Behind a run of "+ INTERVAL '1' DAY" of units that keep a date a date; `at` when there is none.
  Index intervals_end(Index at, Index last) const;
  Result<Index> simple_operand(Index at, Index last, Piece& out);
  // DATE '...', TIMESTAMP '... Asia/Kolkata', DECIMAL '1.5', X'6869'.
  Result<Index> typed_literal(Index at, Index text, Piece& out) const;
  // Is there something behind "2020-01-01 00:00:00.000"?
  static bool has_zone(std::string_view timestamp);
  Index end_of_name(Index at, Index last) const;
  void name(TokenRange range, Piece& out) const;
  // In "AS t (a, b)" and "WITH t (a) AS" there is no call.
  bool is_alias(Index at) const;
  bool is_filter_clause(Index at, Index open) const;

  // trino_calls.cc
  Result<Index> call(Index at, Index open, Index last, Piece& out);
  Result<const TrinoFunction*> choose(Index at,
                                      std::span<const TrinoFunction> overloads,
                                      std::size_t arguments) const;
  Result<void> copy_call(Index at, TokenRange inside, Piece& out);
  Result<Argument> argument(TokenRange part);
  // x -> ..., (x, y) -> ..., () -> ...
  Result<std::optional<Lambda>> lambda_of(TokenRange part);
  Result<std::vector<Argument>> translate_all(std::span<const TokenRange> parts);
  Result<void> rewrite(Index at,
                       const TrinoFunction& function,
                       std::span<const TokenRange> parts,
                       Piece& out);
  Result<void> fill_template(Index at,
                             const TrinoFunction& function,
                             const std::vector<Argument>& arguments,
                             Piece& out);
  // The text of 'a' || 'b', brackets around it allowed; std::nullopt when it is anything else.
  std::optional<std::string> constant_text(TokenRange part) const;
  Result<void> time_pattern(Index at,
                            const TrinoFunction& function,
                            std::span<const TokenRange> parts,
                            Piece& out);
  // listagg(x, ',') WITHIN GROUP (ORDER BY y) -> string_agg(x, ',' ORDER BY y)
  Result<Index> listagg(
      Index at, std::span<const TokenRange> parts, Index behind, Index last, Piece& out);
  Result<void> cast(Index at, TokenRange inside, Piece& out);
  // When all of `value` is one json_extract(...): writes it as json_extract_scalar and says true.
  Result<bool> json_scalar(TokenRange value, Piece& out);
  Result<void> extract(Index at, TokenRange inside, Piece& out);

  // trino_from.cc
  // TABLESAMPLE BERNOULLI (10): the number is of percent.
  Index sample(Index at, Index last, Piece& out) const;
  // VALUES 1, 2: each row gets the brackets that the engine wants.
  Result<Index> values(Index at, Index last, Piece& out);
  Unnested unnested(Index behind, Index last) const;
  bool is_map(TokenRange part) const;
  Result<Index> unnest(Index at, TokenRange inside, Index last, Piece& out);

  const StatementTokens& tokens_;
  std::map<Index, std::string> names_;
};

}  // namespace sluice::query
