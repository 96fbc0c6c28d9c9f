// A statement's tokens with its brackets paired: what the translator walks over.
#pragma once

#include "base/result.h"
#include "query/trino_tokens.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

inline constexpr std::size_t bracket_depth_max = 100;

// A run of tokens, `last` not included.
struct TokenRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Borrows the statement and its parameters.
class StatementTokens {
 public:
  // Puts the parameters in place of the ?, takes off a closing ;.  Fault::invalid with the place
  // for a bracket without partner, brackets nested too deeply, a second statement, a number of
  // parameters that is not that of the ?, and a parameter that is no expression.
  static Result<StatementTokens> read(std::string_view sql,
                                      std::span<const std::string> parameters);

  std::string_view sql() const { return sql_; }

  std::size_t size() const { return tokens_.size(); }

  const Token& operator[](std::size_t index) const { return tokens_[index]; }

  std::span<const Token> tokens(TokenRange range) const {
    return std::span(tokens_).subspan(range.first, range.last - range.first);
  }

  // The other bracket of a bracket.
  std::size_t partner(std::size_t bracket) const { return partners_[bracket]; }

  bool opens(std::size_t index) const {
    return tokens_[index].is_symbol("(") || tokens_[index].is_symbol("[");
  }

  // The first significant token from `index` on, or `last`.
  std::size_t significant(std::size_t index, std::size_t last) const {
    while (index < last && !tokens_[index].is_significant()) {
      ++index;
    }
    return index;
  }

  bool is_word_at(std::size_t index, std::size_t last, std::string_view upper) const {
    return index < last && tokens_[index].is_word(upper);
  }

  bool is_symbol_at(std::size_t index, std::size_t last, std::string_view symbol) const {
    return index < last && tokens_[index].is_symbol(symbol);
  }

  // The parts between commas that stand in no further brackets; none when there is nothing.
  std::vector<TokenRange> split_at_commas(TokenRange range) const;

  // The indices of the significant tokens that stand in no further brackets; a bracketed part
  // counts with its two brackets.
  std::vector<std::size_t> top_level(TokenRange range) const;

  std::unexpected<Error> fail(std::size_t index, std::string_view message) const;

 private:
  explicit StatementTokens(std::string_view sql) : sql_(sql) {}

  Result<void> put_parameters(std::span<const std::string> parameters);
  Result<void> end_statement();
  Result<void> pair_brackets();

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> partners_;
};

// Is the word one that the grammar keeps for itself, so that it is neither a name nor a function?
bool is_reserved(const Token& token);

}  // namespace sluice::query
