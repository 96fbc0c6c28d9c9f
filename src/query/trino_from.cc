// What stands in FROM: UNNEST, samples and VALUES.
#include "query/trino_rewriter.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {

Index Rewriter::sample(Index at, Index last, Piece& out) const {
  const Index method = tokens_.significant(at + 1, last);
  const Index open = tokens_.significant(method + 1, last);
  if (!tokens_.is_symbol_at(open, last, "(")) {
    copy(at, out);
    return at + 1;
  }
  const Index close = tokens_.partner(open);
  copy({at, close}, out);
  out.add(" PERCENT)");
  return close + 1;
}

Result<Index> Rewriter::values(Index at, Index last, Piece& out) {
  static constexpr std::array<std::string_view, 7> enders = {
      "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT"};
  Index end = last;
  for (const Index i : tokens_.top_level({at, last})) {
    if (is_one_of(tokens_[i], enders)) {
      end = i;
      break;
    }
  }
  copy(at, out);
  for (const TokenRange row : tokens_.split_at_commas({at + 1, end})) {
    const Index first = tokens_.significant(row.first, row.last);
    const bool has_brackets = tokens_.is_symbol_at(first, row.last, "(") &&
                              tokens_.significant(tokens_.partner(first) + 1, row.last) == row.last;
    copy({row.first, first}, out);
    if (has_brackets) {
      SLUICE_TRY_DO(range({first, row.last}, out));
    } else {
      Piece value;
      SLUICE_TRY_DO(range({first, row.last}, value));
      out.add("(");
      out.add(std::move(value).trimmed());
      out.add(row.last == end ? ") " : ")");
    }
    if (row.last < end) {
      copy(row.last, out);
    }
  }
  return end;
}

Unnested Rewriter::unnested(Index behind, Index last) const {
  Unnested found{.ordinality_end = behind};
  Index at = tokens_.significant(behind, last);
  const Index ordinality = tokens_.significant(at + 1, last);
  if (tokens_.is_word_at(at, last, "WITH") && tokens_.is_word_at(ordinality, last, "ORDINALITY")) {
    found.has_ordinality = true;
    found.ordinality_end = ordinality + 1;
    at = tokens_.significant(ordinality + 1, last);
  }
  if (tokens_.is_word_at(at, last, "AS")) {
    at = tokens_.significant(at + 1, last);
  }
  const Index open = tokens_.significant(at + 1, last);
  if (at < last && !is_reserved(tokens_[at]) && tokens_.is_symbol_at(open, last, "(")) {
    found.columns = tokens_.split_at_commas({open + 1, tokens_.partner(open)}).size();
  }
  return found;
}

bool Rewriter::is_map(TokenRange part) const {
  static constexpr std::array<std::string_view, 9> makers = {"MAP",
                                                             "MAP_AGG",
                                                             "HISTOGRAM",
                                                             "MAP_FROM_ENTRIES",
                                                             "MAP_FILTER",
                                                             "MAP_CONCAT",
                                                             "TRANSFORM_VALUES",
                                                             "TRANSFORM_KEYS",
                                                             "SPLIT_TO_MAP"};
  const Index first = tokens_.significant(part.first, part.last);
  if (first == part.last) {
    return false;
  }
  if (!tokens_[first].is_word("CAST") && !tokens_[first].is_word("TRY_CAST")) {
    return is_one_of(tokens_[first], makers);
  }
  for (Index i = first; i + 1 < part.last; ++i) {
    if (tokens_[i].is_word("AS") &&
        tokens_.is_word_at(tokens_.significant(i + 1, part.last), part.last, "MAP")) {
      return true;
    }
  }
  return false;
}

Result<Index> Rewriter::unnest(Index at, TokenRange inside, Index last, Piece& out) {
  const std::vector<TokenRange> parts = tokens_.split_at_commas(inside);
  const Unnested form = unnested(inside.last + 1, last);
  const std::size_t value_columns =
      form.columns - (form.has_ordinality && form.columns > 0 ? 1 : 0);
  if (parts.size() == 1 && value_columns < 2 && !is_map(parts[0])) {
    SLUICE_TRY_DO(copy_call(at, inside, out));
    return inside.last + 1;
  }
  out.add("(SELECT ", tokens_[at].offset);
  std::vector<std::string> lengths;
  for (Index i = 0; i < parts.size(); ++i) {
    SLUICE_TRY(array, argument(parts[i]));
    out.add(i == 0 ? "" : ", ");
    const std::string& sql = array.whole.text();
    if (is_map(parts[i])) {
      out.add(fmt::format("unnest(map_keys({0})), unnest(map_values({0}))", sql),
              tokens_[parts[i].first].offset);
      lengths.push_back(fmt::format("cardinality({})", sql));
    } else {
      out.add("unnest(");
      out.add(array.whole);
      out.add(parts.size() == 1 ? ", max_depth := 2)" : ")");
      lengths.push_back(fmt::format("len({})", sql));
    }
  }
  if (form.has_ordinality) {
    out.add(fmt::format(", unnest(generate_series(1, CAST(greatest({}) AS BIGINT)))",
                        fmt::join(lengths, ", ")));
  }
  out.add(")");
  return form.ordinality_end;
}

}  // namespace sluice::query
