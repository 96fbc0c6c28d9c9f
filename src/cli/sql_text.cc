// SQL as somebody types it.
#include "cli/sql_text.h"

#include "base/check.h"
#include "cli/quantity.h"

#include <algorithm>

namespace sluice::cli {
namespace {

constexpr std::size_t none = std::string_view::npos;

bool is_tag_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The position behind `closing`, from `start` on; npos when it does not come.
std::size_t behind(std::string_view text, std::string_view closing, std::size_t start) {
  const std::size_t found = text.find(closing, std::min(start, text.size()));
  return found == none ? none : found + closing.size();
}

// The position behind a comment or quoted text that begins at `at`; `at` itself where none does;
// npos when it does not end.
std::size_t behind_opaque(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("--")) {
    const std::size_t end = text.find('\n', at);
    return end == none ? text.size() : end;
  }
  if (rest.starts_with("/*")) {
    return behind(text, "*/", at + 2);
  }
  if (rest.front() == '\'' || rest.front() == '"') {
    // A doubled quote is the end of one text and the beginning of the next.
    return behind(text, rest.substr(0, 1), at + 1);
  }
  if (rest.front() == '$') {
    std::size_t end = 1;
    while (end < rest.size() && is_tag_character(rest[end])) {
      ++end;
    }
    const bool is_digit_first = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
    if (end < rest.size() && rest[end] == '$' && !is_digit_first) {
      return behind(text, rest.substr(0, end + 1), at + end + 1);
    }
  }
  return at;
}

// Characters: bytes that do not continue one.
bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

}  // namespace

std::size_t statement_end(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = behind_opaque(text, at);
    if (next == none) {
      return none;
    }
    if (next != at) {
      at = next;
    } else if (text[at++] == ';') {
      return at;
    }
  }
  return none;
}

bool is_blank_sql(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n;";
  for (std::size_t at = 0; at < text.size();) {
    const bool is_comment = text.substr(at).starts_with("--") || text.substr(at).starts_with("/*");
    const std::size_t next = is_comment ? behind_opaque(text, at) : at + 1;
    if (!is_comment && blank.find(text[at]) == none) {
      return false;
    }
    at = next == none ? text.size() : next;
  }
  return true;
}

std::string pointed_at(std::string_view sql, query::TextPosition position, std::size_t width) {
  SLUICE_CHECK(width >= 20);
  for (std::size_t line = 1; line < position.line; ++line) {
    sql.remove_prefix(std::min(sql.find('\n'), sql.size() - 1) + 1);
  }
  std::string_view line = sql.substr(0, sql.find('\n'));
  std::size_t column = position.column - 1;
  // The beginning is left out in steps of half a line, so that the character is in the first half
  // or the line begins at its beginning.
  while (column >= width / 2 && display_width(line) > width) {
    for (std::size_t dropped = 0; dropped < width / 4; ++dropped) {
      line.remove_prefix(1);
      while (!line.empty() && !begins_character(line.front())) {
        line.remove_prefix(1);
      }
    }
    column -= width / 4;
  }
  std::string shown(line);
  std::ranges::replace(shown, '\t', ' ');
  std::ranges::replace(shown, '\r', ' ');
  return shorten(printable(shown), width) + "\n" + std::string(column, ' ') + "^\n";
}

}  // namespace sluice::cli
