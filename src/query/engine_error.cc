// DuckDB's errors, read.
#include "query/engine_error.h"

#include "base/ascii.h"
#include "base/check.h"
#include "json/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>
#include <vector>

namespace sluice::query {
namespace {

constexpr std::size_t suggestions_max = 3;
constexpr std::size_t name_bytes_compared = 64;

// Names of the engine's own, which help nobody.
bool is_inner_name(std::string_view name) {
  constexpr std::string_view inner[] = {
      "pg_", "duckdb_", "sqlite_", "pragma_", "information_schema", "system.", "temp."};
  return std::ranges::any_of(inner, [&](auto prefix) { return name.starts_with(prefix); });
}

std::string member(const json::Document& document, std::string_view name) {
  return std::string(document.root().find(name).as_string().value_or(""));
}

// Letters to change, add or leave out to make one name of the other, whatever their case.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t l = 0; l < left.size(); ++l) {
    std::size_t diagonal = std::exchange(row[0], l + 1);
    for (std::size_t r = 0; r < right.size(); ++r) {
      const std::size_t changed = diagonal + (lower(left[l]) == lower(right[r]) ? 0 : 1);
      diagonal = row[r + 1];
      row[r + 1] = std::min({changed, diagonal + 1, row[r] + 1});
    }
  }
  return row.back();
}

// "hr_data.heart_rate" is as near to "heart_rat" as "heart_rate" is.
bool is_near(std::string_view name, std::string_view candidate) {
  const std::string_view last = candidate.substr(candidate.rfind('.') + 1);
  const std::size_t letters_max = std::max<std::size_t>(2, name.size() / 3);
  return distance(name.substr(0, name_bytes_compared), last.substr(0, name_bytes_compared)) <=
         letters_max;
}

// The names in "heart_rate,timestamp" that are nobody's secret.
std::vector<std::string> names_in(std::string_view candidates) {
  std::vector<std::string> names;
  while (!candidates.empty()) {
    const std::size_t comma = candidates.find(',');
    std::string_view name = candidates.substr(0, comma);
    candidates = comma == std::string_view::npos ? "" : candidates.substr(comma + 1);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    if (!is_inner_name(name)) {
      names.emplace_back(name);
    }
  }
  return names;
}

// Without the sentences that follow the first line, and without its full stop.
std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  while (!line.empty() && (line.back() == '.' || line.back() == '!' || line.back() == ' ')) {
    line.pop_back();
  }
  return line;
}

Fault fault_of(std::string_view type, bool has_position) {
  if (type == "Out of Memory") {
    return Fault::too_large;
  }
  if (type == "Interrupt") {
    return Fault::cancelled;
  }
  if (type == "Not implemented") {
    return Fault::unsupported;
  }
  // Without a position it is a file that fails while it is read, with one a name in the statement.
  const bool is_fault_of_world = type == "IO" || type == "INTERNAL" || type == "FATAL";
  return is_fault_of_world && !has_position ? Fault::io : Fault::invalid;
}

std::string text_of(const json::Document& document) {
  const std::string type = member(document, "exception_type");
  const std::string subtype = member(document, "error_subtype");
  const std::string name = member(document, "name");
  if (type == "Out of Memory") {
    return "the query needs more memory than it may use; ask for less at a time, or raise the "
           "limit";
  }
  if (type == "INTERNAL" || type == "FATAL") {
    return fmt::format("DuckDB failed on a mistake of its own: {}",
                       first_line(member(document, "exception_message")));
  }
  if (subtype == "COLUMN_NOT_FOUND" && !name.empty()) {
    return fmt::format("column \"{}\" does not exist{}",
                       name,
                       suggestion(name, names_in(member(document, "candidates"))));
  }
  if (subtype == "MISSING_ENTRY" && !name.empty()) {
    std::string what = member(document, "type");
    what = what.ends_with("Function") ? "function" : lower(what);
    return fmt::format("{} \"{}\" does not exist{}",
                       what,
                       name,
                       suggestion(name, names_in(member(document, "candidates"))));
  }
  return first_line(member(document, "exception_message"));
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

}  // namespace

FailedMessage read_engine_error(std::string_view error, bool is_users_text) {
  FailedMessage failure;
  // A parser's error has its type in front of the object.
  const std::size_t opening = error.find('{');
  auto document = opening == std::string_view::npos
                      ? Result<json::Document>(fail(Fault::invalid, ""))
                      : json::Document::parse(Bytes(error.substr(opening)));
  if (!document || !document->root().is(json::Kind::object)) {
    failure.fault = Fault::invalid;
    failure.message = first_line(error);
    return failure;
  }
  const auto offset = number(member(*document, "position"));
  if (is_users_text) {
    failure.offset = offset;
  }
  failure.fault = fault_of(member(*document, "exception_type"), offset.has_value());
  failure.message = text_of(*document);
  return failure;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  std::vector<std::string> near;
  for (const std::string& candidate : candidates) {
    if (near.size() < suggestions_max && is_near(name, candidate)) {
      near.push_back(fmt::format("\"{}\"", candidate));
    }
  }
  return near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "));
}

TextPosition position_of(std::string_view text, std::uint64_t offset) {
  TextPosition position;
  position.offset = std::min<std::size_t>(offset, text.size());
  for (const char c : text.substr(0, position.offset)) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!continues_character) {
      ++position.column;
    }
  }
  return position;
}

}  // namespace sluice::query
