// The words of a jq 1.6 program, as far as one must know them to find its parts without running it:
// blanks, names, strings, and where an expression ends.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::delivery {

// Brackets and strings within each other.
inline constexpr std::size_t jq_depth_max = 64;

// Walks over a program.  Borrows it.
class JqText {
 public:
  // `text` is valid UTF-8 without a zero byte.
  explicit JqText(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }

  bool at_end() const { return at_ == text_.size(); }

  // The byte here; zero at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  // Steps over that byte if it is the one here.
  bool take(char byte);

  // Steps over blanks and comments.  A carriage return is no blank for jq 1.6.
  void skip_blanks();

  // A name with its modules, `customer_id` or `geo::cell`; empty when none begins here.
  std::string_view take_name();

  // The same without modules, as it stands behind a dot.
  std::string_view take_field();

  // A string, whose opening quote is here, with its escapes undone.  Fault::invalid for one that
  // holds an expression, \(...), or is none.
  Result<std::string> take_string();

  // Steps to the comma or closing brace that ends the expression which begins here; what it holds,
  // without the blanks around it.  Fault::invalid for brackets without their fellows and for
  // characters that jq has no use for.
  Result<std::string_view> take_expression();

  // Fault::invalid: "line 1, column 7: <rule>"; columns count bytes, from 1.
  std::unexpected<Error> refuse(std::string_view rule) const;

 private:
  Result<void> take_escapes(std::string& out);
  Result<void> skip_string_text(std::string& open);
  Result<void> close_bracket(std::string& open);
  Result<void> step(std::string& open);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sluice::delivery
