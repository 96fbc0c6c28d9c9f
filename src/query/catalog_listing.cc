// Listings of the catalog.
#include "query/catalog_listing.h"

#include "query/sql_text.h"
#include "query/trino_tokens.h"

#include <fmt/format.h>

#include <vector>

namespace sluice::query {
namespace {

// Without space, comments and what ends a statement; none of a text that cannot be cut.
std::vector<Token> words_of(std::string_view sql) {
  auto tokens = tokenize(sql);
  if (!tokens) {
    return {};
  }
  std::erase_if(*tokens, [](const Token& token) { return !token.is_significant(); });
  while (!tokens->empty() && tokens->back().is_symbol(";")) {
    tokens->pop_back();
  }
  return *std::move(tokens);
}

// `rows` behind a first one of NULLs, which is left out again: a list may be empty.
std::string listed(std::string_view columns, std::string_view nulls, const std::string& rows) {
  return fmt::format(
      "SELECT * FROM (VALUES ({}){}) AS listed({}) WHERE \"database\" IS NOT NULL ORDER BY ALL",
      nulls,
      rows,
      columns);
}

}  // namespace

std::optional<std::string> catalog_listing(std::string_view sql,
                                           std::span<const std::string> databases,
                                           std::span<const ListedTable> tables) {
  const std::vector<Token> words = words_of(sql);
  if (words.size() != 2 || !words[0].is_word("SHOW")) {
    return std::nullopt;
  }
  std::string rows;
  if (words[1].is_word("TABLES")) {
    for (const ListedTable& table : tables) {
      rows += fmt::format(",({},{})", sql_string(table.database), sql_string(table.name));
    }
    return listed(R"("database", "table")", "CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR)", rows);
  }
  if (words[1].is_word("DATABASES") || words[1].is_word("SCHEMAS")) {
    for (const std::string& database : databases) {
      rows += fmt::format(",({})", sql_string(database));
    }
    return listed(R"("database")", "CAST(NULL AS VARCHAR)", rows);
  }
  return std::nullopt;
}

}  // namespace sluice::query
