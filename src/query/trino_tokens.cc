// Trino's lexical rules, one token at a time.
#include "query/trino_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::query {
namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 8> long_symbols = {
    "->", "=>", "<=", ">=", "<>", "!=", "||", "::"};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Bytes beyond ASCII belong to names, as both engines take letters of any script there.
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) {
  return begins_word(c) || is_digit(c) || c == '$' || c == '@';
}

template <class Predicate>
std::size_t skip_while(std::string_view sql, std::size_t from, Predicate matches) {
  while (from < sql.size() && matches(sql[from])) {
    ++from;
  }
  return from;
}

// The position behind the quote that ends what begins at `start`; a doubled quote stands for one.
std::optional<std::size_t> end_of_quoted(std::string_view sql, std::size_t start) {
  const char quote = sql[start];
  for (std::size_t at = start + 1; at < sql.size(); ++at) {
    if (sql[at] != quote) {
      continue;
    }
    if (at + 1 < sql.size() && sql[at + 1] == quote) {
      ++at;
      continue;
    }
    return at + 1;
  }
  return std::nullopt;
}

// 12, 1.5, .5, 1e-7; a letter behind it ("1a") begins the next token.
std::size_t end_of_number(std::string_view sql, std::size_t start) {
  std::size_t at = skip_while(sql, start, is_digit);
  if (at < sql.size() && sql[at] == '.') {
    at = skip_while(sql, at + 1, is_digit);
  }
  if (at < sql.size() && (sql[at] == 'e' || sql[at] == 'E')) {
    std::size_t digits = at + 1;
    if (digits < sql.size() && (sql[digits] == '+' || sql[digits] == '-')) {
      ++digits;
    }
    if (digits < sql.size() && is_digit(sql[digits])) {
      at = skip_while(sql, digits, is_digit);
    }
  }
  return at;
}

std::size_t end_of_symbol(std::string_view sql, std::size_t start) {
  for (const std::string_view symbol : long_symbols) {
    if (sql.substr(start).starts_with(symbol)) {
      return start + symbol.size();
    }
  }
  return start + 1;
}

struct Cut {
  Kind kind;
  std::size_t end;
};

Result<Cut> cut_quoted(std::string_view sql, std::size_t start) {
  const char quote = sql[start];
  const auto end = end_of_quoted(sql, start);
  if (!end) {
    return fail_at(sql,
                   start,
                   quote == '\'' ? "the string that begins here has no closing '"
                                 : "the name that begins here has no closing quote");
  }
  return Cut{quote == '\'' ? Kind::string : (quote == '"' ? Kind::quoted : Kind::backquoted), *end};
}

Result<Cut> cut_one(std::string_view sql, std::size_t start) {
  const char first = sql[start];
  const char second = start + 1 < sql.size() ? sql[start + 1] : '\0';
  if (is_space(first)) {
    return Cut{Kind::space, skip_while(sql, start, is_space)};
  }
  if (first == '-' && second == '-') {
    return Cut{Kind::comment, std::min(sql.find('\n', start), sql.size())};
  }
  if (first == '/' && second == '*') {
    const std::size_t end = sql.find("*/", start + 2);
    if (end == std::string_view::npos) {
      return fail_at(sql, start, "the comment that begins here has no closing */");
    }
    return Cut{Kind::comment, end + 2};
  }
  if (first == '\'' || first == '"' || first == '`') {
    return cut_quoted(sql, start);
  }
  if (is_digit(first) || (first == '.' && is_digit(second))) {
    return Cut{Kind::number, end_of_number(sql, start)};
  }
  if (begins_word(first)) {
    return Cut{Kind::word, skip_while(sql, start, continues_word)};
  }
  if (first == '?') {
    return Cut{Kind::parameter, start + 1};
  }
  if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
    return fail_at(sql, start, "there is a control character here");
  }
  return Cut{Kind::symbol, end_of_symbol(sql, start)};
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string quote(std::string_view text, char mark) {
  std::string out(1, mark);
  for (const char c : text) {
    out.append(c == mark ? 2 : 1, c);
  }
  out.push_back(mark);
  return out;
}

}  // namespace

bool Token::is_word(std::string_view wanted) const {
  return kind == Kind::word && std::ranges::equal(text, wanted, {}, upper);
}

std::string Token::value() const {
  if (kind != Kind::string && kind != Kind::quoted && kind != Kind::backquoted) {
    return std::string(text);
  }
  std::string out;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    out.push_back(text[at]);
    if (text[at] == text.front()) {
      ++at;
    }
  }
  return out;
}

Result<std::vector<Token>> tokenize(std::string_view sql) {
  if (sql.size() > sql_bytes_max) {
    return fail(
        Fault::too_large,
        fmt::format(
            "the statement has {} bytes; at most {} are possible", sql.size(), sql_bytes_max));
  }
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < sql.size()) {
    SLUICE_TRY(cut, cut_one(sql, at));
    tokens.push_back({cut.kind, sql.substr(at, cut.end - at), at});
    at = cut.end;
  }
  return tokens;
}

Place place_of(std::string_view sql, std::size_t offset) {
  Place place;
  for (const char c : sql.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

std::unexpected<Error> fail_at(std::string_view sql, std::size_t offset, std::string_view message) {
  const Place place = place_of(sql, offset);
  return fail(Fault::invalid, fmt::format("line {}:{}: {}", place.line, place.column, message));
}

std::string quote_text(std::string_view text) {
  return quote(text, '\'');
}

std::string quote_name(std::string_view name) {
  return quote(name, '"');
}

}  // namespace sluice::query
