// The letters of three pattern languages.
#include "query/trino_patterns.h"

#include "query/trino_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::query {
namespace {

struct Letter {
  char letter;
  std::string_view format;
};

constexpr std::array mysql_letters = {
    Letter{'a', "%a"},          Letter{'b', "%b"}, Letter{'c', "%-m"}, Letter{'d', "%d"},
    Letter{'e', "%-d"},         Letter{'f', "%f"}, Letter{'H', "%H"},  Letter{'h', "%I"},
    Letter{'I', "%I"},          Letter{'i', "%M"}, Letter{'j', "%j"},  Letter{'k', "%-H"},
    Letter{'l', "%-I"},         Letter{'M', "%B"}, Letter{'m', "%m"},  Letter{'p', "%p"},
    Letter{'r', "%I:%M:%S %p"}, Letter{'S', "%S"}, Letter{'s', "%S"},  Letter{'T', "%H:%M:%S"},
    Letter{'v', "%V"},          Letter{'W', "%A"}, Letter{'x', "%G"},  Letter{'Y', "%Y"},
    Letter{'y', "%y"},          Letter{'%', "%%"},
};

// Those that the documentation lists as not supported.
constexpr std::string_view mysql_refused = "DUuVwX";

void append_literal(std::string& out, char c) {
  out.append(c == '%' ? 2 : 1, c);
}

// A run of one letter, or literal text.
struct Piece {
  char letter = 0;  // 0: literal
  std::size_t count = 0;
  std::string literal;
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes the quoted text at `at` (which is a quote) and moves behind it; '' is one quote.
Result<std::string> take_quoted(std::string_view pattern, std::size_t& at) {
  if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
    at += 2;
    return std::string("'");
  }
  std::string text;
  for (++at; at < pattern.size(); ++at) {
    if (pattern[at] != '\'') {
      text.push_back(pattern[at]);
    } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
      text.push_back('\'');
      ++at;
    } else {
      ++at;
      return text;
    }
  }
  return fail(Fault::invalid,
              fmt::format("the time pattern \"{}\" has text in quotes that does not end", pattern));
}

Result<std::vector<Piece>> parse_joda(std::string_view pattern) {
  std::vector<Piece> pieces;
  const auto add_literal = [&](std::string_view text) {
    if (pieces.empty() || pieces.back().letter != 0) {
      pieces.emplace_back();
    }
    pieces.back().literal += text;
  };
  std::size_t at = 0;
  while (at < pattern.size()) {
    const char c = pattern[at];
    if (c == '\'') {
      SLUICE_TRY(text, take_quoted(pattern, at));
      add_literal(text);
    } else if (is_letter(c)) {
      const std::size_t start = at;
      while (at < pattern.size() && pattern[at] == c) {
        ++at;
      }
      pieces.push_back({c, at - start, {}});
    } else {
      add_literal(pattern.substr(at++, 1));
    }
  }
  if (pieces.empty()) {
    return fail(Fault::invalid, "the time pattern is empty");
  }
  return pieces;
}

std::unexpected<Error> no_letter(std::string_view pattern, const Piece& piece) {
  return fail(Fault::invalid,
              fmt::format("the time pattern \"{}\" has {}, which is not possible here; text stands "
                          "in quotes inside the pattern ('' before and after it)",
                          pattern,
                          std::string(std::min<std::size_t>(piece.count, 20), piece.letter)));
}

std::string_view by_count(std::size_t count, std::string_view one, std::string_view more) {
  return count == 1 ? one : more;
}

// What strftime and strptime both know; empty when they do not.
std::string_view shared_format(const Piece& piece) {
  const std::size_t count = piece.count;
  switch (piece.letter) {
    case 'y':
    case 'Y':
      return count == 2 ? "%y" : "%Y";
    case 'M':
      return count > 3 ? "%B" : (count == 3 ? "%b" : by_count(count, "%-m", "%m"));
    case 'd':
      return count > 2 ? "" : by_count(count, "%-d", "%d");
    case 'D':
      return count == 3 ? "%j" : (count == 1 ? "%-j" : "");
    case 'E':
      return count > 3 ? "%A" : "%a";
    case 'a':
      return "%p";
    case 'H':
      return count > 2 ? "" : by_count(count, "%-H", "%H");
    case 'h':
      return count > 2 ? "" : by_count(count, "%-I", "%I");
    case 'm':
      return count > 2 ? "" : by_count(count, "%-M", "%M");
    case 's':
      return count > 2 ? "" : by_count(count, "%-S", "%S");
    case 'x':
      return "%G";
    case 'e':
      return count == 1 ? "%u" : "";
    default:
      return {};
  }
}

std::string_view parse_format(const Piece& piece) {
  if (piece.letter == 'S') {
    return piece.count <= 3 ? "%g" : (piece.count <= 6 ? "%f" : (piece.count <= 9 ? "%n" : ""));
  }
  if (piece.letter == 'Z') {
    return piece.count >= 3 ? "%Z" : "%z";
  }
  if (piece.letter == 'w') {
    return "%V";
  }
  return shared_format(piece);
}

// Values of UTC, for a value that carries a zone; one that does not may be any zone's wall clock.
std::string zone_expression(const Piece& piece, std::string_view value) {
  const bool is_name = piece.letter == 'z' || piece.count >= 3;
  const std::string_view text = is_name ? "UTC" : (piece.count == 2 ? "+00:00" : "+0000");
  return fmt::format(
      "CASE typeof({0}) WHEN 'TIMESTAMP WITH TIME ZONE' THEN '{1}' ELSE "
      "CAST(error('format_datetime: "
      "a timestamp has no zone here; write it into the pattern as text') AS VARCHAR) END",
      value,
      text);
}

// Letters that take an expression of their own; empty when there is none.
std::string format_expression(const Piece& piece, std::string_view value) {
  const std::size_t count = piece.count;
  switch (piece.letter) {
    case 'S':
      return count > 9 ? ""
                       : fmt::format(
                             "substr(strftime(CAST({} AS TIMESTAMP), '%n'), 1, {})", value, count);
    case 'z':
    case 'Z':
      return zone_expression(piece, value);
    case 'w':
      return fmt::format(
          "lpad(CAST(week({}) AS VARCHAR), {}, '0')", value, std::max(count, std::size_t{2}));
    case 'K':
      return fmt::format("lpad(CAST(hour({}) % 12 AS VARCHAR), {}, '0')", value, count);
    case 'k':
      return fmt::format("lpad(CAST((hour({}) + 23) % 24 + 1 AS VARCHAR), {}, '0')", value, count);
    case 'C':
      return fmt::format("lpad(CAST(year({}) // 100 AS VARCHAR), {}, '0')", value, count);
    case 'G':
      return fmt::format("CASE WHEN year({}) > 0 THEN 'AD' ELSE 'BC' END", value);
    default:
      return {};
  }
}

}  // namespace

Result<std::string> mysql_time_format(std::string_view pattern) {
  std::string format;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      format.push_back(pattern[at]);
      continue;
    }
    if (++at == pattern.size()) {
      return fail(Fault::invalid, fmt::format("the time pattern \"{}\" ends with a %", pattern));
    }
    const char letter = pattern[at];
    if (mysql_refused.contains(letter)) {
      return fail(
          Fault::invalid,
          fmt::format("the time pattern \"{}\" has %{}, which Athena does not support either",
                      pattern,
                      letter));
    }
    const auto found = std::ranges::find(mysql_letters, letter, &Letter::letter);
    if (found != mysql_letters.end()) {
      format += found->format;
    } else {
      format.push_back(letter);
    }
  }
  return format;
}

Result<std::string> joda_parse_expression(std::string_view pattern, std::string_view value) {
  SLUICE_TRY(pieces, parse_joda(pattern));
  std::string format;
  for (const Piece& piece : pieces) {
    if (piece.letter == 0) {
      std::ranges::for_each(piece.literal, [&](char c) { append_literal(format, c); });
      continue;
    }
    const std::string_view its_format = parse_format(piece);
    if (its_format.empty()) {
      return no_letter(pattern, piece);
    }
    format += its_format;
  }
  // Joda takes a Z for the offset zero, strptime does not.
  const bool takes_z = pieces.back().letter == 'Z' && pieces.back().count < 3;
  const std::string text =
      takes_z ? fmt::format("regexp_replace({}, 'Z$', '+0000')", value) : std::string(value);
  return fmt::format(
      "CAST(strptime({}, {}) AS TIMESTAMP WITH TIME ZONE)", text, quote_text(format));
}

Result<std::string> joda_format_expression(std::string_view pattern, std::string_view value) {
  SLUICE_TRY(pieces, parse_joda(pattern));
  std::vector<std::string> parts;
  std::string format;  // of the part that strftime can do at once
  const auto end_part = [&] {
    if (!format.empty()) {
      // A DATE is cast because strftime does not fill in all letters for one.
      parts.push_back(
          fmt::format("strftime(CAST({} AS TIMESTAMP), {})", value, quote_text(format)));
      format.clear();
    }
  };
  for (const Piece& piece : pieces) {
    if (piece.letter == 0) {
      std::ranges::for_each(piece.literal, [&](char c) { append_literal(format, c); });
    } else if (const std::string_view known = shared_format(piece); !known.empty()) {
      format += known;
    } else if (piece.letter == 'S' && (piece.count == 3 || piece.count == 6)) {
      format += piece.count == 3 ? "%g" : "%f";
    } else if (std::string own = format_expression(piece, value); !own.empty()) {
      end_part();
      parts.push_back(std::move(own));
    } else {
      return no_letter(pattern, piece);
    }
  }
  end_part();
  return parts.size() == 1 ? parts.front() : fmt::format("({})", fmt::join(parts, " || "));
}

}  // namespace sluice::query
