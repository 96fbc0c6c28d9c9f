// A cursor over tokens.
#include "query/athena_ddl_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice::query {

Result<DdlParser> DdlParser::read(std::string_view sql) {
  DdlParser parser(sql);
  SLUICE_TRY(tokens, tokenize(sql));
  std::ranges::copy_if(tokens, std::back_inserter(parser.tokens_), &Token::is_significant);
  while (!parser.tokens_.empty() && parser.tokens_.back().is_symbol(";")) {
    parser.tokens_.pop_back();
  }
  return parser;
}

bool DdlParser::next_is(std::string_view word) const {
  return at_ < tokens_.size() && tokens_[at_].is_word(word);
}

bool DdlParser::take(std::initializer_list<std::string_view> words) {
  std::size_t at = at_;
  for (const std::string_view word : words) {
    if (at == tokens_.size() || !tokens_[at].is_word(word)) {
      return false;
    }
    ++at;
  }
  at_ = at;
  return true;
}

bool DdlParser::take_symbol(std::string_view symbol) {
  const bool is_there = at_ < tokens_.size() && tokens_[at_].is_symbol(symbol);
  at_ += is_there ? 1 : 0;
  return is_there;
}

Result<void> DdlParser::need(std::initializer_list<std::string_view> words) {
  if (!take(words)) {
    return fail(fmt::format("expected {} here", fmt::join(words, " ")));
  }
  return {};
}

Result<void> DdlParser::need_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) {
    return fail(fmt::format("expected '{}' here", symbol));
  }
  return {};
}

Result<std::string> DdlParser::name(std::string_view what) {
  if (at_ < tokens_.size() &&
      (tokens_[at_].kind == Token::Kind::word || tokens_[at_].kind == Token::Kind::quoted ||
       tokens_[at_].kind == Token::Kind::backquoted)) {
    return tokens_[at_++].value();
  }
  return fail(fmt::format("expected {} here", what));
}

bool DdlParser::next_is_text() const {
  return at_ < tokens_.size() && tokens_[at_].kind == Token::Kind::string;
}

Result<std::string> DdlParser::text(std::string_view what) {
  if (next_is_text()) {
    return tokens_[at_++].value();
  }
  return fail(fmt::format("expected {} in single quotes here", what));
}

std::string DdlParser::type() {
  std::string written;
  std::size_t depth = 0;
  for (; at_ < tokens_.size(); ++at_) {
    const Token& token = tokens_[at_];
    const bool opens = token.is_symbol("(") || token.is_symbol("<");
    const bool closes = token.is_symbol(")") || token.is_symbol(">");
    if (depth == 0 && (closes || token.is_symbol(",") || token.is_word("COMMENT"))) {
      break;
    }
    depth += opens ? 1 : 0;
    depth -= closes ? 1 : 0;
    written += token.kind == Token::Kind::backquoted ? token.value() : std::string(token.text);
  }
  return written;
}

std::string DdlParser::expression() {
  const std::size_t first = at_;
  std::size_t depth = 0;
  for (; at_ < tokens_.size(); ++at_) {
    const Token& token = tokens_[at_];
    if (depth == 0 && token.is_symbol(",")) {
      break;
    }
    depth += token.is_symbol("(") || token.is_symbol("[") ? 1 : 0;
    depth -= depth > 0 && (token.is_symbol(")") || token.is_symbol("]")) ? 1 : 0;
  }
  if (at_ == first) {
    return {};
  }
  const std::size_t start = tokens_[first].offset;
  return std::string(
      sql_.substr(start, tokens_[at_ - 1].offset + tokens_[at_ - 1].text.size() - start));
}

Result<void> DdlParser::need_end() const {
  return is_at_end() ? Result<void>() : fail("expected the end of the statement here");
}

std::unexpected<Error> DdlParser::fail(std::string_view message) const {
  return fail_at(sql_, at_ < tokens_.size() ? tokens_[at_].offset : sql_.size(), message);
}

}  // namespace sluice::query
