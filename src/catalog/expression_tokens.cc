// The words of a partition expression.
#include "catalog/expression_tokens.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::catalog {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters beyond ASCII may stand in names.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
    const std::size_t start = at_;
    if (at_ == text_.size()) {
      return Token{TokenKind::end, {}, start + 1};
    }
    const char first = text_[at_];
    if (first == '\'' || first == '"' || first == '`') {
      return quoted(first);
    }
    if (is_digit(first) || ((first == '-' || first == '+' || first == '.') && has_digit_behind())) {
      return number();
    }
    if (is_word(first)) {
      while (at_ < text_.size() && is_word(text_[at_])) {
        ++at_;
      }
      return Token{TokenKind::word, std::string(text_.substr(start, at_ - start)), start + 1};
    }
    return sign();
  }

 private:
  // A digit follows, with at most a point between.
  bool has_digit_behind() const {
    const std::string_view rest = text_.substr(at_ + 1, 2);
    return !rest.empty() && (is_digit(rest[0]) || (text_[at_] != '.' && rest[0] == '.' &&
                                                   rest.size() > 1 && is_digit(rest[1])));
  }

  Result<Token> quoted(char quote) {
    const std::size_t start = at_++;
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != quote) {
        value += c;
      } else if (at_ < text_.size() && text_[at_] == quote) {
        value += quote;
        ++at_;
      } else {
        return Token{
            quote == '\'' ? TokenKind::text : TokenKind::quoted, std::move(value), start + 1};
      }
    }
    return fail(Fault::invalid, fmt::format("position {}: {} is not closed", start + 1, quote));
  }

  Result<Token> number() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) {
      ++at_;
    }
    const std::string_view number = text_.substr(start, at_ - start);
    const bool runs_on = at_ < text_.size() && is_word(text_[at_]);
    if (runs_on || std::count(number.begin(), number.end(), '.') > 1) {
      return fail(Fault::invalid,
                  fmt::format("position {}: {} is no number",
                              start + 1,
                              text_.substr(start, at_ - start + (runs_on ? 1 : 0))));
    }
    return Token{TokenKind::number, std::string(number), start + 1};
  }

  Result<Token> sign() {
    constexpr std::array<std::string_view, 10> signs = {
        "<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ","};
    const auto* const found = std::find_if(signs.begin(), signs.end(), [&](std::string_view one) {
      return text_.substr(at_).starts_with(one);
    });
    if (found == signs.end()) {
      return fail(Fault::invalid,
                  fmt::format("position {}: {} cannot stand here", at_ + 1, text_[at_]));
    }
    const std::size_t start = at_;
    at_ += found->size();
    return Token{TokenKind::sign, *found == "!=" ? "<>" : std::string(*found), start + 1};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>> read_tokens(std::string_view expression) {
  if (!is_utf8(expression)) {
    return fail(Fault::invalid, "the expression is not UTF-8");
  }
  std::vector<Token> tokens;
  Scanner scanner(expression);
  do {
    SLUICE_TRY(token, scanner.next());
    tokens.push_back(std::move(token));
  } while (tokens.back().kind != TokenKind::end);
  return tokens;
}

}  // namespace sluice::catalog
