// Takes words, names and texts off the front of a statement's tokens.
#pragma once

#include "base/result.h"
#include "query/trino_tokens.h"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// Not thread-safe.  Borrows the statement.
class DdlParser {
 public:
  // Drops white space, comments and closing semicolons.
  static Result<DdlParser> read(std::string_view sql);

  bool is_at_end() const { return at_ == tokens_.size(); }

  // Is the next token that keyword (upper case)?
  bool next_is(std::string_view word) const;

  // Takes the words when they are all there, in order.
  bool take(std::initializer_list<std::string_view> words);
  bool take_symbol(std::string_view symbol);

  Result<void> need(std::initializer_list<std::string_view> words);
  Result<void> need_symbol(std::string_view symbol);

  // A plain name, or one in double or back quotes.
  Result<std::string> name(std::string_view what);
  Result<std::string> text(std::string_view what);
  bool next_is_text() const;

  // Everything up to the end, or up to a comma, closing bracket or keyword COMMENT that stands in
  // no brackets; as it was written, without white space.
  std::string type();

  // Everything up to a comma or the end that stands in no brackets, as it was written.
  std::string expression();

  Result<void> need_end() const;

  std::unexpected<Error> fail(std::string_view message) const;

 private:
  explicit DdlParser(std::string_view sql) : sql_(sql) {}

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace sluice::query
