// Cuts SQL as Athena's users write it (Trino's lexical rules) into tokens, so that whatever
// rewrites it never looks into a string, a quoted name or a comment.
//
// Source of the rules: "SQL syntax: Identifiers, Comments, Literals" of the Trino documentation.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// What StartQueryExecution takes at most.
inline constexpr std::size_t sql_bytes_max = 262'144;

struct Token {
  enum class Kind : std::uint8_t {
    space,       // white space
    comment,     // -- to the end of the line, /* to */
    word,        // a keyword or a plain name
    quoted,      // "a name"
    backquoted,  // `a name`, of DDL statements only
    string,      // 'text'
    number,
    parameter,  // ?
    symbol,     // an operator or punctuation; -> => <= >= <> != || :: are one each
  };

  Kind kind = Kind::space;
  std::string_view text;   // as it was written, quotes included; borrowed from the statement
  std::size_t offset = 0;  // in bytes from the beginning of the statement

  bool is_significant() const { return kind != Kind::space && kind != Kind::comment; }

  // `upper` in upper case: is this that keyword?
  bool is_word(std::string_view upper) const;

  bool is_symbol(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }

  // What a string, a quoted or a plain name means: quotes taken off, doubled ones undone.
  std::string value() const;
};

// The tokens in order; put together they are `sql` again.  Fault::invalid, beginning with
// "line 1:8: ", when a string, name or comment has no end; Fault::too_large above sql_bytes_max.
Result<std::vector<Token>> tokenize(std::string_view sql);

// Where something stands, as messages tell it: counted from 1, columns in characters.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

Place place_of(std::string_view sql, std::size_t offset);

// Fault::invalid with "line 1:8: message".
std::unexpected<Error> fail_at(std::string_view sql, std::size_t offset, std::string_view message);

// 'text' with inner quotes doubled; "name" likewise.
std::string quote_text(std::string_view text);
std::string quote_name(std::string_view name);

}  // namespace sluice::query
