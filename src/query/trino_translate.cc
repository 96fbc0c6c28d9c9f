// The walk, and the operators that mean something else.
#include "query/trino_translate.h"

#include "query/trino_rewriter.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {
namespace {

using Kind = Token::Kind;

constexpr std::string_view own_catalog = "AWSDATACATALOG";

// A few rewritings need an argument twice, so that nesting them doubles the output each time.
constexpr std::size_t output_bytes_max = 8 * sql_bytes_max;

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

bool is_arithmetic(const Token& token) {
  return token.is_symbol("+") || token.is_symbol("-") || token.is_symbol("*") ||
         token.is_symbol("/") || token.is_symbol("%");
}

}  // namespace

Result<Translation> Rewriter::whole() {
  Piece out;
  Index first = 0;
  const Index start = tokens_.significant(0, tokens_.size());
  if (tokens_[start].is_word("EXPLAIN")) {
    first = explain(start, out);
  }
  SLUICE_TRY_DO(range({first, tokens_.size()}, out));
  return std::move(out).finish();
}

Index Rewriter::explain(Index start, Piece& out) const {
  out.add("EXPLAIN ", tokens_[start].offset);
  Index next = tokens_.significant(start + 1, tokens_.size());
  while (tokens_.is_word_at(next, tokens_.size(), "ANALYZE") ||
         tokens_.is_word_at(next, tokens_.size(), "VERBOSE")) {
    if (tokens_[next].is_word("ANALYZE")) {
      out.add("ANALYZE ", tokens_[next].offset);
    }
    next = tokens_.significant(next + 1, tokens_.size());
  }
  return tokens_.is_symbol_at(next, tokens_.size(), "(") && !holds_query(next)
             ? tokens_.partner(next) + 1
             : next;
}

bool Rewriter::holds_query(Index bracket) const {
  const Index inner = tokens_.significant(bracket + 1, tokens_.partner(bracket));
  return tokens_[inner].is_word("SELECT") || tokens_[inner].is_word("WITH") ||
         tokens_[inner].is_word("VALUES") || tokens_[inner].is_symbol("(");
}

void Rewriter::copy(Index index, Piece& out) const {
  const Token& token = tokens_[index];
  if (token.kind == Kind::comment) {
    // Only its line ends stay, so that lines keep their numbers.
    out.add(" " + std::string(static_cast<Index>(std::ranges::count(token.text, '\n')), '\n'));
    return;
  }
  out.add(token.text, token.offset);
}

void Rewriter::copy(TokenRange range, Piece& out) const {
  for (Index i = range.first; i < range.last; ++i) {
    copy(i, out);
  }
}

Result<void> Rewriter::range(TokenRange range, Piece& out) {
  Index at = range.first;
  bool after_arithmetic = false;
  while (true) {
    if (const auto name = names_.find(at); name != names_.end()) {
      out.add(fmt::format(" AS \"{}\"", name->second));
    }
    if (at >= range.last) {
      return {};
    }
    const Token& token = tokens_[at];
    if (begins_operand(at)) {
      SLUICE_TRY(next, operand(at, range.last, after_arithmetic, out));
      at = next;
      after_arithmetic = false;
      continue;
    }
    if (token.is_significant()) {
      after_arithmetic = is_arithmetic(token);
    }
    if (token.is_word("VALUES")) {
      SLUICE_TRY(next, values(at, range.last, out));
      at = next;
      continue;
    }
    if (token.is_word("TABLESAMPLE")) {
      at = sample(at, range.last, out);
      continue;
    }
    copy(at++, out);
  }
}

bool Rewriter::begins_operand(Index at) const {
  const Token& token = tokens_[at];
  switch (token.kind) {
    case Kind::string:
    case Kind::number:
    case Kind::quoted:
      return true;
    case Kind::word:
      return !is_reserved(token);
    case Kind::symbol:
      return token.is_symbol("(");
    case Kind::space:
    case Kind::comment:
    case Kind::backquoted:
    case Kind::parameter:
      break;
  }
  return false;
}

Result<Index> Rewriter::operand(Index at, Index last, bool after_arithmetic, Piece& out) {
  const Index start = out.size();
  SLUICE_TRY(next, simple_operand(at, last, out));
  while (true) {
    const Index more = tokens_.significant(next, last);
    if (tokens_.is_symbol_at(more, last, "[")) {
      copy({next, more + 1}, out);
      SLUICE_TRY_DO(range({more + 1, tokens_.partner(more)}, out));
      copy(tokens_.partner(more), out);
      next = tokens_.partner(more) + 1;
    } else if (tokens_.is_symbol_at(more, last, ".")) {
      const Index field = tokens_.significant(more + 1, last);
      const Index end = std::min(field + 1, last);
      copy({next, end}, out);
      next = end;
    } else if (is_at_time_zone(more, last)) {
      SLUICE_TRY(end, time_zone(more, last, start, out));
      next = end;
    } else if (const Index end = intervals_end(more, last); end > more && !after_arithmetic) {
      const Piece left = out.cut(start);
      out.add("cast_to_type(");
      out.add(left);
      copy({next, end}, out);
      out.add(", ");
      out.add(left);
      out.add(")");
      next = end;
    } else if (out.size() > output_bytes_max) {
      return tokens_.fail(at, "the statement becomes too long here; nest fewer functions");
    } else {
      return next;
    }
  }
}

bool Rewriter::is_at_time_zone(Index at, Index last) const {
  if (!tokens_.is_word_at(at, last, "AT")) {
    return false;
  }
  const Index time = tokens_.significant(at + 1, last);
  return tokens_.is_word_at(time, last, "TIME") &&
         tokens_.is_word_at(tokens_.significant(time + 1, last), last, "ZONE");
}

Result<Index> Rewriter::time_zone(Index at, Index last, Index left_start, Piece& out) {
  const Index time = tokens_.significant(at + 1, last);
  const Index zone_word = tokens_.significant(time + 1, last);
  const Index zone = tokens_.significant(zone_word + 1, last);
  if (zone == last || !begins_operand(zone)) {
    return tokens_.fail(zone, "expected the name of a time zone here");
  }
  Piece zone_sql;
  SLUICE_TRY(end, simple_operand(zone, last, zone_sql));
  const Piece left = out.cut(left_start);
  out.add("timezone(", tokens_[at].offset);
  out.add(zone_sql);
  out.add(", CAST(");
  out.add(left);
  out.add(" AS TIMESTAMP WITH TIME ZONE))");
  return end;
}

Index Rewriter::intervals_end(Index at, Index last) const {
  static constexpr std::array<std::string_view, 3> units = {"DAY", "MONTH", "YEAR"};
  Index end = at;
  while (tokens_.is_symbol_at(at, last, "+") || tokens_.is_symbol_at(at, last, "-")) {
    const Index word = tokens_.significant(at + 1, last);
    const Index text = tokens_.significant(word + 1, last);
    const Index unit = tokens_.significant(text + 1, last);
    const Index behind = tokens_.significant(unit + 1, last);
    const bool is_interval = tokens_.is_word_at(word, last, "INTERVAL") && text < last &&
                             tokens_[text].kind == Kind::string && unit < last &&
                             is_one_of(tokens_[unit], units);
    if (!is_interval || tokens_.is_symbol_at(behind, last, "*") ||
        tokens_.is_symbol_at(behind, last, "/") || tokens_.is_word_at(behind, last, "TO")) {
      break;
    }
    end = unit + 1;
    at = behind;
  }
  return end;
}

Result<Index> Rewriter::simple_operand(Index at, Index last, Piece& out) {
  const Token& token = tokens_[at];
  if (token.is_symbol("(")) {
    copy(at, out);
    SLUICE_TRY_DO(range({at + 1, tokens_.partner(at)}, out));
    copy(tokens_.partner(at), out);
    return tokens_.partner(at) + 1;
  }
  if (token.kind == Kind::string || token.kind == Kind::number) {
    copy(at, out);
    return at + 1;
  }
  const Index next = tokens_.significant(at + 1, last);
  if (next < last && tokens_[next].kind == Kind::string && token.kind == Kind::word) {
    return typed_literal(at, next, out);
  }
  const Index name_end = end_of_name(at, last);
  const Index open = tokens_.significant(name_end, last);
  if (tokens_.is_symbol_at(open, last, "(") && token.kind == Kind::word && name_end == at + 1 &&
      !is_alias(at) && !is_filter_clause(at, open)) {
    return call(at, open, last, out);
  }
  name({at, name_end}, out);
  return name_end;
}

Result<Index> Rewriter::typed_literal(Index at, Index text, Piece& out) const {
  const Token& type = tokens_[at];
  const std::string value = tokens_[text].value();
  if (type.is_word("X") && text == at + 1) {
    out.add(fmt::format("unhex({})", tokens_[text].text), type.offset);
  } else if (type.is_word("DECIMAL")) {
    out.add(value.find_first_not_of("+-0123456789.") == std::string::npos && !value.empty()
                ? fmt::format("({})", value)
                : fmt::format("CAST({} AS DECIMAL(38, 18))", tokens_[text].text),
            type.offset);
  } else if (type.is_word("TIMESTAMP") && has_zone(value)) {
    out.add(fmt::format("TIMESTAMPTZ {}", tokens_[text].text), type.offset);
  } else {
    copy({at, text + 1}, out);
  }
  return text + 1;
}

bool Rewriter::has_zone(std::string_view timestamp) {
  const Index digits_end = timestamp.find_last_not_of("0123456789:.");
  return digits_end != std::string_view::npos && timestamp.find(':') != std::string_view::npos &&
         (timestamp.find(':') < digits_end);
}

Index Rewriter::end_of_name(Index at, Index last) const {
  Index end = at + 1;
  while (true) {
    const Index dot = tokens_.significant(end, last);
    const Index part = tokens_.significant(dot + 1, last);
    if (!tokens_.is_symbol_at(dot, last, ".") || part >= last ||
        (tokens_[part].kind != Kind::word && tokens_[part].kind != Kind::quoted)) {
      return end;
    }
    end = part + 1;
  }
}

void Rewriter::name(TokenRange range, Piece& out) const {
  if (range.last > range.first + 1 && upper(tokens_[range.first].value()) == own_catalog) {
    Index dot = range.first + 1;
    while (!tokens_[dot].is_symbol(".")) {
      ++dot;
    }
    range.first = tokens_.significant(dot + 1, range.last);
  }
  copy(range, out);
}

bool Rewriter::is_alias(Index at) const {
  Index before = at;
  while (before > 0 && !tokens_[before - 1].is_significant()) {
    --before;
  }
  return before > 0 && (tokens_[before - 1].is_word("AS") || tokens_[before - 1].is_word("WITH") ||
                        tokens_[before - 1].is_word("RECURSIVE"));
}

bool Rewriter::is_filter_clause(Index at, Index open) const {
  const Index inner = tokens_.significant(open + 1, tokens_.partner(open));
  return tokens_[at].is_word("FILTER") && tokens_[inner].is_word("WHERE");
}

std::size_t Translation::original_offset(std::size_t output_offset) const {
  const auto behind = std::ranges::upper_bound(anchors, output_offset, {}, &Anchor::output);
  return behind == anchors.begin() ? 0 : std::prev(behind)->original;
}

Result<Translation> translate_trino(std::string_view sql, std::span<const std::string> parameters) {
  SLUICE_TRY(tokens, StatementTokens::read(sql, parameters));
  return Rewriter(tokens).whole();
}

}  // namespace sluice::query
