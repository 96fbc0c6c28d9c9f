// Looks at the list of the outermost SELECT.
#include "query/trino_column_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 12> list_enders = {"FROM",
                                                          "WHERE",
                                                          "GROUP",
                                                          "HAVING",
                                                          "ORDER",
                                                          "LIMIT",
                                                          "UNION",
                                                          "INTERSECT",
                                                          "EXCEPT",
                                                          "OFFSET",
                                                          "FETCH",
                                                          "WINDOW"};

// Words that end a value without naming it.
constexpr std::array<std::string_view, 9> values = {"END",
                                                    "NULL",
                                                    "TRUE",
                                                    "FALSE",
                                                    "CURRENT_DATE",
                                                    "CURRENT_TIMESTAMP",
                                                    "CURRENT_TIME",
                                                    "LOCALTIME",
                                                    "LOCALTIMESTAMP"};

template <std::size_t N>
bool is_one_of(const Token& token, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is_word(word); });
}

bool is_name(const Token& token) {
  return token.kind == Token::Kind::quoted ||
         (token.kind == Token::Kind::word && !is_one_of(token, values) && !is_reserved(token));
}

bool ends_value(const Token& token) {
  return token.kind == Token::Kind::string || token.kind == Token::Kind::number ||
         token.is_symbol(")") || token.is_symbol("]") || token.is_word("END") || is_name(token) ||
         is_one_of(token, values);
}

bool has_name(const StatementTokens& statement, std::span<const std::size_t> item) {
  const Token& last = statement[item.back()];
  if (!is_name(last)) {
    return false;
  }
  if (item.size() == 1) {
    return true;
  }
  const Token& before = statement[item[item.size() - 2]];
  if (before.is_word("AS") || before.is_symbol(".")) {
    return true;
  }
  // INTERVAL '1' DAY is a value all of it.
  const bool is_unit = item.size() >= 3 && statement[item[item.size() - 3]].is_word("INTERVAL");
  return !is_unit && ends_value(before);
}

// The first token of the list, or the end when there is none to name.
std::size_t list_start(const StatementTokens& statement, std::span<const std::size_t> top) {
  const auto select =
      std::ranges::find_if(top, [&](std::size_t i) { return statement[i].is_word("SELECT"); });
  if (select == top.end()) {
    return statement.size();
  }
  auto next = std::next(select);
  while (next != top.end() &&
         (statement[*next].is_word("DISTINCT") || statement[*next].is_word("ALL"))) {
    ++next;
  }
  return next == top.end() ? statement.size() : *next;
}

}  // namespace

std::map<std::size_t, std::string> unnamed_columns(const StatementTokens& statement) {
  const std::vector<std::size_t> top = statement.top_level({0, statement.size()});
  const std::size_t start = list_start(statement, top);
  std::size_t end = statement.size();
  for (const std::size_t i : top) {
    if (i >= start && is_one_of(statement[i], list_enders)) {
      end = i;
      break;
    }
  }
  std::map<std::size_t, std::string> names;
  std::size_t number = 0;
  for (const TokenRange range : statement.split_at_commas({start, end})) {
    const std::vector<std::size_t> item = statement.top_level(range);
    if (item.empty() || statement[item.back()].is_symbol("*")) {
      break;
    }
    if (!has_name(statement, item)) {
      names.emplace(item.back() + 1, fmt::format("_col{}", number));
    }
    ++number;
  }
  return names;
}

}  // namespace sluice::query
