// Words of a partition expression: names, texts, numbers, and the signs between them.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

enum class TokenKind : std::uint8_t {
  word,    // a name or a keyword: letters, digits, '_' and '$', not beginning with a digit
  quoted,  // a name in "double quotes" or `back-ticks`
  text,    // 'a literal'
  number,  // digits, perhaps with a sign and a point
  sign,    // = <> != < <= > >= ( ) ,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;          // quotes and their doublings undone; "!=" is "<>"
  std::size_t position = 1;  // of its first character, from 1
};

// Ends with TokenKind::end.  Fault::invalid, naming the position, for anything else.
Result<std::vector<Token>> read_tokens(std::string_view expression);

}  // namespace sluice::catalog
