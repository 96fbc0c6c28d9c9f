#include "delivery/jq_text.h"

#include "base/check.h"
#include "base/utf8.h"
#include "json/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sluice::delivery {
namespace {

// Among the brackets that are open: an expression within a string, which goes on behind it.
constexpr char within_string = '"';

// What may stand outside names, numbers, strings, brackets and comments.
constexpr std::string_view operators = ".?=;,:|+-*/%$<>!@";

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_name(char c) {
  return begins_name(c) || json::is_digit(c);
}

char closing_of(char opening) {
  return opening == '[' ? ']' : opening == '{' ? '}' : ')';
}

}  // namespace

bool JqText::take(char byte) {
  if (at_end() || text_[at_] != byte) {
    return false;
  }
  ++at_;
  return true;
}

void JqText::skip_blanks() {
  while (!at_end()) {
    const char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (c == ' ' || c == '\t' || c == '\n') {
      ++at_;
    } else {
      return;
    }
  }
}

std::string_view JqText::take_field() {
  const std::size_t from = at_;
  if (begins_name(peek())) {
    while (!at_end() && continues_name(text_[at_])) {
      ++at_;
    }
  }
  return text_.substr(from, at_ - from);
}

std::string_view JqText::take_name() {
  const std::size_t from = at_;
  if (take_field().empty()) {
    return {};
  }
  while (text_.substr(at_).starts_with("::") && at_ + 2 < text_.size() &&
         begins_name(text_[at_ + 2])) {
    at_ += 2;
    take_field();
  }
  return text_.substr(from, at_ - from);
}

// One escape, or two that make a pair; they are those of JSON.
Result<void> JqText::take_escapes(std::string& out) {
  const char* const end = text_.data() + text_.size();
  const std::string_view rest = text_.substr(at_);
  const char letter = rest.size() < 2 ? '\0' : rest[1];
  if (letter == '(') {
    return refuse("a string with an expression in it, \\(...), has no fixed value");
  }
  if (const char plain = json::simple_escape(letter)) {
    out.push_back(plain);
    at_ += 2;
    return {};
  }
  const int unit = letter == 'u' ? json::hex4(rest.data() + 2, end) : -1;
  if (unit < 0) {
    return refuse("this is no escape of JSON");
  }
  if (!json::is_high_surrogate(unit) && !json::is_low_surrogate(unit)) {
    append_utf8(out, static_cast<std::uint32_t>(unit));
    at_ += 6;
    return {};
  }
  const bool goes_on = json::is_high_surrogate(unit) && rest.substr(6).starts_with("\\u");
  const int low = goes_on ? json::hex4(rest.data() + 8, end) : -1;
  if (!json::is_low_surrogate(low)) {
    return refuse("this escape is half of a surrogate pair");
  }
  constexpr std::uint32_t beyond_first_plane = 0x10000;
  append_utf8(out,
              beyond_first_plane + ((static_cast<std::uint32_t>(unit) - 0xd800) << 10) +
                  (static_cast<std::uint32_t>(low) - 0xdc00));
  at_ += 12;
  return {};
}

Result<std::string> JqText::take_string() {
  SLUICE_CHECK(peek() == '"');
  ++at_;
  std::string out;
  while (!at_end()) {
    const std::size_t special = std::min(text_.find_first_of("\"\\", at_), text_.size());
    out += text_.substr(at_, special - at_);
    at_ = special;
    if (take('"')) {
      return out;
    }
    if (!at_end()) {
      SLUICE_TRY_DO(take_escapes(out));
    }
  }
  return refuse("a string is not closed");
}

// From within a string: behind its closing quote, or behind the \( of an expression in it.
Result<void> JqText::skip_string_text(std::string& open) {
  while (!at_end()) {
    at_ = std::min(text_.find_first_of("\"\\", at_), text_.size());
    if (take('"')) {
      return {};
    }
    if (text_.substr(at_).starts_with("\\(")) {
      if (open.size() == jq_depth_max) {
        return refuse("this is nested too deeply");
      }
      at_ += 2;
      open.push_back(within_string);
      return {};
    }
    // A backslash and what it escapes, whose first byte suffices.
    at_ = std::min(at_ + 2, text_.size());
  }
  return refuse("a string is not closed");
}

Result<void> JqText::close_bracket(std::string& open) {
  const char opening = open.empty() ? '\0' : open.back();
  if (opening == '\0' || closing_of(opening) != peek()) {
    return refuse(fmt::format("nothing is open that this '{}' could close", peek()));
  }
  open.pop_back();
  ++at_;
  return opening == within_string ? skip_string_text(open) : Result<void>();
}

// One word of an expression.
Result<void> JqText::step(std::string& open) {
  const char c = peek();
  if (begins_name(c)) {
    take_name();
    return {};
  }
  if (c == '"') {
    ++at_;
    return skip_string_text(open);
  }
  if (c == '(' || c == '[' || c == '{') {
    if (open.size() == jq_depth_max) {
      return refuse("this is nested too deeply");
    }
    open.push_back(c);
    ++at_;
    return {};
  }
  if (c == ')' || c == ']' || c == '}') {
    return close_bracket(open);
  }
  if (open.empty() && (c == ':' || c == ';')) {
    return refuse(fmt::format("no '{}' may stand here; put the value in parentheses", c));
  }
  if (!json::is_digit(c) && operators.find(c) == std::string_view::npos) {
    return refuse(c == '\r' ? "jq 1.6 takes no carriage return" : "jq has no use for this here");
  }
  ++at_;
  return {};
}

Result<std::string_view> JqText::take_expression() {
  skip_blanks();
  const std::size_t from = at_;
  std::size_t end = at_;  // of the last word
  std::string open;
  while (!at_end() && !(open.empty() && (peek() == ',' || peek() == '}'))) {
    SLUICE_TRY_DO(step(open));
    end = at_;
    skip_blanks();
  }
  if (!open.empty()) {
    return refuse(fmt::format("a '{}' is not closed",
                              open.back() == within_string ? "\\(" : open.substr(open.size() - 1)));
  }
  if (end == from) {
    return refuse("a value is missing");
  }
  return text_.substr(from, end - from);
}

std::unexpected<Error> JqText::refuse(std::string_view rule) const {
  const std::string_view before = text_.substr(0, at_);
  const std::size_t line_start = before.rfind('\n') + 1;  // zero when there is none
  return fail(Fault::invalid,
              fmt::format("line {}, column {}: {}",
                          1 + std::ranges::count(before, '\n'),
                          at_ - line_start + 1,
                          rule));
}

}  // namespace sluice::delivery
