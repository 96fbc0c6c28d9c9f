// Pairing, splitting and parameters.
#include "query/trino_statement_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 66> reserved_words = {
    "ALL",         "ANALYZE", "AND",     "ANY",        "AS",        "ASC",  "BETWEEN",   "BY",
    "CASE",        "CROSS",   "CUBE",    "DESC",       "DISTINCT",  "ELSE", "END",       "ESCAPE",
    "EXCEPT",      "EXISTS",  "EXPLAIN", "FETCH",      "FOR",       "FROM", "FULL",      "GROUP",
    "GROUPING",    "HAVING",  "IN",      "INNER",      "INTERSECT", "INTO", "IS",        "JOIN",
    "LATERAL",     "LEFT",    "LIKE",    "LIMIT",      "NATURAL",   "NOT",  "NULLS",     "OFFSET",
    "ON",          "OR",      "ORDER",   "ORDINALITY", "OUTER",     "OVER", "PARTITION", "RANGE",
    "RECURSIVE",   "RIGHT",   "ROLLUP",  "ROWS",       "SELECT",    "SETS", "SOME",      "TABLE",
    "TABLESAMPLE", "THEN",    "UNION",   "USING",      "VALUES",    "WHEN", "WHERE",     "WINDOW",
    "WITH",        "WITHIN",
};

// One value is put in as it is, anything longer in brackets of its own.
bool is_single(std::span<const Token> tokens) {
  return std::ranges::count_if(tokens, &Token::is_significant) == 1;
}

bool is_expression(std::span<const Token> tokens) {
  std::vector<char> open;
  bool has_content = false;
  for (const Token& token : tokens) {
    has_content = has_content || token.is_significant();
    if (token.is_symbol("(") || token.is_symbol("[")) {
      open.push_back(token.text.front());
    } else if (token.is_symbol(")") || token.is_symbol("]")) {
      if (open.empty() || (open.back() == '(') != token.is_symbol(")")) {
        return false;
      }
      open.pop_back();
    } else if (token.is_symbol(";") || token.kind == Token::Kind::parameter ||
               token.kind == Token::Kind::comment) {
      return false;
    }
  }
  return open.empty() && has_content;
}

}  // namespace

bool is_reserved(const Token& token) {
  return std::ranges::any_of(reserved_words,
                             [&](std::string_view word) { return token.is_word(word); });
}

Result<StatementTokens> StatementTokens::read(std::string_view sql,
                                              std::span<const std::string> parameters) {
  StatementTokens statement(sql);
  SLUICE_TRY(tokens, tokenize(sql));
  statement.tokens_ = std::move(tokens);
  SLUICE_TRY_DO(statement.end_statement());
  SLUICE_TRY_DO(statement.put_parameters(parameters));
  SLUICE_TRY_DO(statement.pair_brackets());
  return statement;
}

Result<void> StatementTokens::end_statement() {
  const auto end = std::ranges::find_if(tokens_, [](const Token& t) { return t.is_symbol(";"); });
  const auto more = std::find_if(end, tokens_.end(), [](const Token& token) {
    return token.is_significant() && !token.is_symbol(";");
  });
  if (more != tokens_.end()) {
    return fail_at(sql_, more->offset, "only one statement is possible, and a second begins here");
  }
  tokens_.erase(end, tokens_.end());
  if (std::ranges::none_of(tokens_, &Token::is_significant)) {
    return fail_at(sql_, 0, "there is no statement");
  }
  return {};
}

Result<void> StatementTokens::put_parameters(std::span<const std::string> parameters) {
  std::vector<Token> filled;
  std::size_t used = 0;
  for (const Token& token : tokens_) {
    if (token.kind != Token::Kind::parameter) {
      filled.push_back(token);
      continue;
    }
    if (used == parameters.size()) {
      return fail_at(sql_,
                     token.offset,
                     fmt::format("this is parameter {}, and {} values were given (as "
                                 "ExecutionParameters or behind USING)",
                                 used + 1,
                                 parameters.size()));
    }
    const std::string& value = parameters[used++];
    auto tokens = tokenize(value);
    if (!tokens || !is_expression(*tokens)) {
      return fail_at(sql_,
                     token.offset,
                     fmt::format("the value of parameter {} is no expression: {}; text stands in "
                                 "single quotes inside the value",
                                 used,
                                 value));
    }
    const bool has_brackets = !is_single(*tokens);
    if (has_brackets) {
      filled.push_back({Token::Kind::symbol, "(", token.offset});
    }
    for (Token& one : *tokens) {
      one.offset = token.offset;
      filled.push_back(one);
    }
    if (has_brackets) {
      filled.push_back({Token::Kind::symbol, ")", token.offset});
    }
  }
  if (used < parameters.size()) {
    return sluice::fail(Fault::invalid,
                        fmt::format("the statement has {} parameters (?), and {} values were given",
                                    used,
                                    parameters.size()));
  }
  tokens_ = std::move(filled);
  return {};
}

Result<void> StatementTokens::pair_brackets() {
  partners_.assign(tokens_.size(), 0);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (opens(i)) {
      if (open.size() == bracket_depth_max) {
        return fail(i, fmt::format("brackets are nested more than {} deep", bracket_depth_max));
      }
      open.push_back(i);
    } else if (token.is_symbol(")") || token.is_symbol("]")) {
      const bool is_round = token.is_symbol(")");
      if (open.empty() || tokens_[open.back()].is_symbol("(") != is_round) {
        return fail(i, fmt::format("'{}' has no partner before it", token.text));
      }
      partners_[i] = open.back();
      partners_[open.back()] = i;
      open.pop_back();
    } else if (token.kind == Token::Kind::backquoted) {
      return fail(i, "names stand in double quotes in a query; backquotes are for DDL");
    }
  }
  if (!open.empty()) {
    return fail(open.back(), "this bracket is not closed");
  }
  return {};
}

std::vector<TokenRange> StatementTokens::split_at_commas(TokenRange range) const {
  std::vector<TokenRange> parts;
  if (significant(range.first, range.last) == range.last) {
    return parts;
  }
  std::size_t start = range.first;
  for (std::size_t i = range.first; i < range.last; ++i) {
    if (opens(i)) {
      i = partner(i);
    } else if (tokens_[i].is_symbol(",")) {
      parts.push_back({start, i});
      start = i + 1;
    }
  }
  parts.push_back({start, range.last});
  return parts;
}

std::vector<std::size_t> StatementTokens::top_level(TokenRange range) const {
  std::vector<std::size_t> indices;
  for (std::size_t i = range.first; i < range.last; ++i) {
    if (!tokens_[i].is_significant()) {
      continue;
    }
    indices.push_back(i);
    if (opens(i)) {
      i = partner(i);
      indices.push_back(i);
    }
  }
  return indices;
}

std::unexpected<Error> StatementTokens::fail(std::size_t index, std::string_view message) const {
  return fail_at(sql_, index < tokens_.size() ? tokens_[index].offset : sql_.size(), message);
}

}  // namespace sluice::query
