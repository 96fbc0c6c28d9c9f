// Function calls: casts, time patterns, and those of the table.
#include "query/trino_patterns.h"
#include "query/trino_rewriter.h"
#include "query/trino_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {
namespace {

using Kind = Token::Kind;

// DuckDB writes a member whose name needs quotes $."a b", Trino $["a b"].
std::string json_path(std::string_view path) {
  std::string out;
  for (Index at = 0; at < path.size(); ++at) {
    const Index end =
        path.substr(at).starts_with("[\"") ? path.find("\"]", at + 2) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out.push_back(path[at]);
      continue;
    }
    out += fmt::format(".\"{}\"", path.substr(at + 2, end - at - 2));
    at = end + 1;
  }
  return out;
}

}  // namespace

Result<Index> Rewriter::call(Index at, Index open, Index last, Piece& out) {
  const Token& token = tokens_[at];
  const TokenRange inside{open + 1, tokens_.partner(open)};
  const Index behind = inside.last + 1;
  if (token.is_word("CAST") || token.is_word("TRY_CAST")) {
    SLUICE_TRY_DO(cast(at, inside, out));
    return behind;
  }
  if (token.is_word("EXTRACT")) {
    SLUICE_TRY_DO(extract(at, inside, out));
    return behind;
  }
  if (token.is_word("UNNEST")) {
    return unnest(at, inside, last, out);
  }
  const auto overloads = find_trino_functions(token.text);
  if (overloads.empty()) {
    SLUICE_TRY_DO(copy_call(at, inside, out));
    return behind;
  }
  const std::vector<TokenRange> arguments = tokens_.split_at_commas(inside);
  SLUICE_TRY(function, choose(at, overloads, arguments.size()));
  if (token.is_word("LISTAGG")) {
    return listagg(at, arguments, behind, last, out);
  }
  switch (function->kind) {
    case TrinoFunction::Kind::rewritten:
      SLUICE_TRY_DO(rewrite(at, *function, arguments, out));
      break;
    case TrinoFunction::Kind::time_pattern:
      SLUICE_TRY_DO(time_pattern(at, *function, arguments, out));
      break;
    case TrinoFunction::Kind::native:
    case TrinoFunction::Kind::refused:
      SLUICE_TRY_DO(copy_call(at, inside, out));
      break;
  }
  return behind;
}

Result<const TrinoFunction*> Rewriter::choose(Index at,
                                              std::span<const TrinoFunction> overloads,
                                              std::size_t arguments) const {
  if (overloads.front().kind == TrinoFunction::Kind::refused) {
    return tokens_.fail(
        at,
        fmt::format(
            "the function {} is not offered: {}", overloads.front().name, overloads.front().sql));
  }
  for (const TrinoFunction& function : overloads) {
    if (arguments >= function.arguments_min && arguments <= function.arguments_max) {
      return &function;
    }
  }
  std::vector<std::string> numbers;
  for (const TrinoFunction& function : overloads) {
    numbers.push_back(
        function.arguments_min == function.arguments_max ? fmt::format("{}", function.arguments_min)
        : function.arguments_max == any_number
            ? fmt::format("{} or more", function.arguments_min)
            : fmt::format("{} to {}", function.arguments_min, function.arguments_max));
  }
  const std::string_view note = overloads.back().note;
  return tokens_.fail(at,
                      fmt::format("the function {} takes {} arguments here, not {}{}{}",
                                  overloads.front().name,
                                  fmt::join(numbers, " or "),
                                  arguments,
                                  note.empty() ? "" : "; ",
                                  note));
}

Result<void> Rewriter::copy_call(Index at, TokenRange inside, Piece& out) {
  copy({at, inside.first}, out);
  SLUICE_TRY_DO(range(inside, out));
  copy(inside.last, out);
  return {};
}

Result<Argument> Rewriter::argument(TokenRange part) {
  Argument translated;
  SLUICE_TRY(lambda, lambda_of(part));
  if (lambda) {
    translated.whole.add(fmt::format("lambda {}: ", fmt::join(lambda->parameters, ", ")));
    translated.whole.add(lambda->body);
    translated.lambda = std::move(lambda);
    return translated;
  }
  Piece piece;
  SLUICE_TRY_DO(range(part, piece));
  translated.whole = std::move(piece).trimmed();
  return translated;
}

Result<std::optional<Lambda>> Rewriter::lambda_of(TokenRange part) {
  const Index first = tokens_.significant(part.first, part.last);
  if (first == part.last) {
    return std::nullopt;
  }
  const bool has_brackets = tokens_[first].is_symbol("(");
  const Index head_end = has_brackets ? tokens_.partner(first) : first;
  const Index arrow = tokens_.significant(head_end + 1, part.last);
  if (!tokens_.is_symbol_at(arrow, part.last, "->")) {
    return std::nullopt;
  }
  Lambda lambda;
  for (Index i = first; i <= head_end; ++i) {
    if (tokens_[i].kind == Kind::word || tokens_[i].kind == Kind::quoted) {
      lambda.parameters.emplace_back(tokens_[i].text);
    }
  }
  if (lambda.parameters.empty() || lambda.parameters.size() > 2) {
    return tokens_.fail(first, "a lambda has one or two parameters here");
  }
  Piece body;
  SLUICE_TRY_DO(range({arrow + 1, part.last}, body));
  lambda.body = std::move(body).trimmed();
  return lambda;
}

Result<std::vector<Argument>> Rewriter::translate_all(std::span<const TokenRange> parts) {
  std::vector<Argument> translated;
  for (const TokenRange part : parts) {
    SLUICE_TRY(one, argument(part));
    translated.push_back(std::move(one));
  }
  return translated;
}

Result<void> Rewriter::rewrite(Index at,
                               const TrinoFunction& function,
                               std::span<const TokenRange> parts,
                               Piece& out) {
  SLUICE_TRY(arguments, translate_all(parts));
  if (function.name.starts_with("json_extract") || function.name == "json_size") {
    if (const auto path = constant_text(parts[1])) {
      arguments[1].whole = {};
      arguments[1].whole.add(quote_text(json_path(*path)), tokens_[parts[1].first].offset);
    }
  }
  return fill_template(at, function, arguments, out);
}

Result<void> Rewriter::fill_template(Index at,
                                     const TrinoFunction& function,
                                     const std::vector<Argument>& arguments,
                                     Piece& out) {
  std::string_view rest = function.sql;
  Index dollar = rest.find('$');
  out.add(rest.substr(0, dollar), tokens_[at].offset);
  // A $ in quotes is text: '$[' of a JSON path.
  while (dollar != std::string_view::npos) {
    const char mark = rest[dollar + 1];
    rest.remove_prefix(dollar + 2);
    if (mark == '*' || mark == '|') {
      for (Index i = 0; i < arguments.size(); ++i) {
        out.add(i == 0 ? "" : (mark == '*' ? ", " : " || "));
        out.add(arguments[i].whole);
      }
    } else if (mark >= '1' && mark <= '9') {
      const Argument& argument = arguments[static_cast<Index>(mark - '1')];
      const char part = rest.empty() ? '\0' : rest.front();
      if (part == 'a' || part == 'b' || part == 'x') {
        const Index wanted = part == 'x' ? 0 : static_cast<Index>(part - 'a');
        if (!argument.lambda || argument.lambda->parameters.size() <= wanted) {
          return tokens_.fail(
              at,
              fmt::format(
                  "argument {} of {} is a lambda, with its parameters in brackets: (x, y) -> ...",
                  mark,
                  function.name));
        }
        rest.remove_prefix(1);
        part == 'x' ? out.add(argument.lambda->body) : out.add(argument.lambda->parameters[wanted]);
      } else {
        out.add(argument.whole);
      }
    } else {
      out.add(fmt::format("${}", mark));
    }
    dollar = rest.find('$');
    out.add(rest.substr(0, dollar));
  }
  return {};
}

std::optional<std::string> Rewriter::constant_text(TokenRange part) const {
  Index first = tokens_.significant(part.first, part.last);
  while (tokens_.is_symbol_at(first, part.last, "(")) {
    const Index close = tokens_.partner(first);
    if (tokens_.significant(close + 1, part.last) != part.last) {
      return std::nullopt;
    }
    part = {first + 1, close};
    first = tokens_.significant(part.first, part.last);
  }
  std::string text;
  bool wants_text = true;
  for (Index i = first; i < part.last; i = tokens_.significant(i + 1, part.last)) {
    const bool fits = wants_text ? tokens_[i].kind == Kind::string : tokens_[i].is_symbol("||");
    if (!fits) {
      return std::nullopt;
    }
    text += wants_text ? tokens_[i].value() : "";
    wants_text = !wants_text;
  }
  return wants_text ? std::nullopt : std::optional(text);
}

Result<void> Rewriter::time_pattern(Index at,
                                    const TrinoFunction& function,
                                    std::span<const TokenRange> parts,
                                    Piece& out) {
  const auto pattern = constant_text(parts[1]);
  constexpr std::string_view place = "\x01";  // where the value goes
  if (!pattern || pattern->contains(place)) {
    return tokens_.fail(at,
                        fmt::format("the pattern of {} must be a text constant", function.name));
  }
  SLUICE_TRY(value, argument(parts[0]));
  auto sql = [&]() -> Result<std::string> {
    if (function.name == "parse_datetime") {
      return joda_parse_expression(*pattern, place);
    }
    if (function.name == "format_datetime") {
      return joda_format_expression(*pattern, place);
    }
    SLUICE_TRY(format, mysql_time_format(*pattern));
    return function.name == "date_format"
               ? fmt::format("strftime(CAST({} AS TIMESTAMP), {})", place, quote_text(format))
               : fmt::format("CAST(strptime({}, {}) AS TIMESTAMP)", place, quote_text(format));
  }();
  if (!sql) {
    return tokens_.fail(parts[1].first, sql.error().message());
  }
  std::string_view rest = *sql;
  Index hole = rest.find(place);
  out.add(rest.substr(0, hole), tokens_[at].offset);
  while (hole != std::string_view::npos) {
    out.add(value.whole);
    rest.remove_prefix(hole + 1);
    hole = rest.find(place);
    out.add(rest.substr(0, hole));
  }
  return {};
}

Result<Index> Rewriter::listagg(
    Index at, std::span<const TokenRange> parts, Index behind, Index last, Piece& out) {
  SLUICE_TRY(arguments, translate_all(parts));
  out.add("string_agg(", tokens_[at].offset);
  out.add(arguments[0].whole);
  out.add(", ");
  out.add(arguments[1].whole);
  const Index within = tokens_.significant(behind, last);
  const Index group = tokens_.significant(within + 1, last);
  const Index open = tokens_.significant(group + 1, last);
  if (tokens_.is_word_at(within, last, "WITHIN") && tokens_.is_word_at(group, last, "GROUP") &&
      tokens_.is_symbol_at(open, last, "(")) {
    out.add(" ");
    SLUICE_TRY_DO(range({open + 1, tokens_.partner(open)}, out));
    behind = tokens_.partner(open) + 1;
  }
  out.add(")");
  return behind;
}

Result<void> Rewriter::cast(Index at, TokenRange inside, Piece& out) {
  Index as = inside.last;
  for (const Index i : tokens_.top_level(inside)) {
    as = tokens_[i].is_word("AS") ? i : as;
  }
  if (as == inside.last) {
    return tokens_.fail(at, "CAST(value AS type) lacks its AS");
  }
  SLUICE_TRY(type, translate_type(tokens_.sql(), tokens_.tokens({as + 1, inside.last})));
  const TokenRange value{inside.first, as};
  if (type == "JSON") {
    SLUICE_TRY(whole, argument(value));
    out.add("to_json(", tokens_[at].offset);
    out.add(whole.whole);
    out.add(")");
    return {};
  }
  copy({at, inside.first}, out);
  // A JSON string becomes its text; the engine would keep its quotes.
  const bool is_scalar = type.find_first_of("[(") == std::string::npos;
  SLUICE_TRY(scalar, is_scalar ? json_scalar(value, out) : Result<bool>(false));
  if (!scalar) {
    SLUICE_TRY(whole, argument(value));
    out.add(whole.whole);
  }
  out.add(" ");
  out.add(fmt::format("AS {}", type), tokens_[as].offset);
  copy(inside.last, out);
  return {};
}

Result<bool> Rewriter::json_scalar(TokenRange value, Piece& out) {
  const Index first = tokens_.significant(value.first, value.last);
  const Index open = tokens_.significant(first + 1, value.last);
  if (!tokens_.is_word_at(first, value.last, "JSON_EXTRACT") ||
      !tokens_.is_symbol_at(open, value.last, "(") ||
      tokens_.significant(tokens_.partner(open) + 1, value.last) != value.last) {
    return false;
  }
  const auto parts = tokens_.split_at_commas({open + 1, tokens_.partner(open)});
  SLUICE_TRY(function, choose(first, find_trino_functions("json_extract_scalar"), parts.size()));
  SLUICE_TRY_DO(rewrite(first, *function, parts, out));
  return true;
}

Result<void> Rewriter::extract(Index at, TokenRange inside, Piece& out) {
  struct Field {
    std::string_view trino;
    std::string_view duckdb;
  };

  static constexpr std::array fields = {Field{"DAY_OF_MONTH", "day"},
                                        Field{"DAY_OF_WEEK", "isodow"},
                                        Field{"DAY_OF_YEAR", "doy"},
                                        Field{"DOW", "isodow"},
                                        Field{"WEEK_OF_YEAR", "week"},
                                        Field{"YEAR_OF_WEEK", "isoyear"},
                                        Field{"YOW", "isoyear"}};
  const Index field = tokens_.significant(inside.first, inside.last);
  const auto known = std::ranges::find_if(
      fields, [&](const Field& one) { return tokens_.is_word_at(field, inside.last, one.trino); });
  if (known == fields.end()) {
    return copy_call(at, inside, out);
  }
  copy({at, inside.first}, out);
  out.add(known->duckdb, tokens_[field].offset);
  SLUICE_TRY_DO(range({field + 1, inside.last}, out));
  copy(inside.last, out);
  return {};
}

}  // namespace sluice::query
