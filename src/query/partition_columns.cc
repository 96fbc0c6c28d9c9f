// Prefixes and templates to columns.
#include "query/partition_columns.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

enum class PieceKind : std::uint8_t { literal, field, value, random };

// A run of literal text, or a field of a time ("yyyy"), or the name of a partition key, or a random
// string.
struct Piece {
  PieceKind kind;
  std::string text;
};

using Segment = std::vector<Piece>;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

// Segments out of pieces: slashes stand in literal text only.
class Segments {
 public:
  void add(PieceKind kind, std::string_view text) {
    if (kind != PieceKind::literal) {
      current_.push_back({kind, std::string(text)});
      return;
    }
    for (;;) {
      const std::size_t slash = text.find('/');
      add_literal(text.substr(0, slash));
      if (slash == std::string_view::npos) {
        return;
      }
      done_.push_back(std::exchange(current_, {}));
      text.remove_prefix(slash + 1);
    }
  }

  // The pattern of a !{timestamp:...}.
  void add_pattern(std::string_view pattern) {
    for (std::size_t at = 0; at < pattern.size();) {
      const char c = pattern[at];
      if (is_letter(c)) {
        const std::size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
        add(PieceKind::field, pattern.substr(at, end - at));
        at = end;
      } else if (c == '\'') {
        at = add_quoted(pattern, at);
      } else {
        if (c != '[' && c != ']') {  // optional sections are always printed
          add(PieceKind::literal, pattern.substr(at, 1));
        }
        ++at;
      }
    }
  }

  // All that a slash ends.
  std::vector<Segment> take() { return std::move(done_); }

 private:
  void add_literal(std::string_view text) {
    if (text.empty()) {
      return;
    }
    if (!current_.empty() && current_.back().kind == PieceKind::literal) {
      current_.back().text += text;
    } else {
      current_.push_back({PieceKind::literal, std::string(text)});
    }
  }

  // 'text' and '' as Java reads them; returns the position behind.
  std::size_t add_quoted(std::string_view pattern, std::size_t at) {
    if (pattern.substr(at).starts_with("''")) {
      add(PieceKind::literal, "'");
      return at + 2;
    }
    for (++at; at < pattern.size(); ++at) {
      if (pattern[at] == '\'') {
        if (!pattern.substr(at).starts_with("''")) {
          return at + 1;
        }
        ++at;
      }
      add(PieceKind::literal, pattern.substr(at, 1));
    }
    return at;
  }

  std::vector<Segment> done_;
  Segment current_;
};

std::vector<Segment> segments_of_prefix(std::string_view prefix) {
  constexpr std::string_view opening = "!{";
  constexpr std::string_view timestamp = "timestamp:";
  constexpr std::string_view event_time = "event-time:";
  constexpr std::string_view session_start = "session-start:";
  constexpr std::string_view partition_key = "partitionKeyFromQuery:";
  Segments segments;
  bool has_expressions = false;
  while (!prefix.empty()) {
    const std::size_t start = prefix.find(opening);
    segments.add(PieceKind::literal, prefix.substr(0, start));
    const std::size_t end = prefix.find('}', std::min(start, prefix.size()));
    if (start == std::string_view::npos || end == std::string_view::npos) {
      break;
    }
    const std::string_view body =
        prefix.substr(start + opening.size(), end - start - opening.size());
    has_expressions = true;
    if (body.starts_with(timestamp)) {
      segments.add_pattern(body.substr(timestamp.size()));
    } else if (body.starts_with(event_time)) {
      segments.add_pattern(body.substr(event_time.size()));
    } else if (body.starts_with(session_start)) {
      segments.add_pattern(body.substr(session_start.size()));
    } else if (body == "session-id" || body == "session-key") {
      segments.add(PieceKind::value, body);
    } else if (body.starts_with(partition_key)) {
      segments.add(PieceKind::value, body.substr(partition_key.size()));
    } else {
      segments.add(PieceKind::random, body);
    }
    prefix.remove_prefix(end + 1);
  }
  if (!has_expressions) {
    segments.add_pattern("yyyy/MM/dd/HH/");
  }
  return segments.take();
}

bool is_literal(const Segment& segment) {
  return std::ranges::all_of(segment,
                             [](const Piece& piece) { return piece.kind == PieceKind::literal; });
}

bool is_random(const Segment& segment) {
  return std::ranges::any_of(segment,
                             [](const Piece& piece) { return piece.kind == PieceKind::random; });
}

// The name in "name=", if it is one.
std::string hive_name_of(std::string_view before) {
  const bool is_hive = before.ends_with('=') && before.size() > 1 &&
                       std::ranges::all_of(before.substr(0, before.size() - 1), is_name_character);
  return is_hive ? lower(before.substr(0, before.size() - 1)) : "";
}

// What a single field means, and whether it is a number; empty for the rarer ones.
std::pair<std::string_view, bool> meaning_of(std::string_view field) {
  switch (field.front()) {
    case 'y':
    case 'u':
      return {"year", true};
    case 'M':
    case 'L':
      return {"month", field.size() <= 2};
    case 'd':
      return {"day", true};
    case 'H':
    case 'k':
    case 'K':
    case 'h':
      return {"hour", true};
    case 'm':
      return {"minute", true};
    case 's':
      return {"second", true};
    default:
      return {"", false};
  }
}

// The word that a literal in front of several fields is: "session_" -> "session".
std::string word_of(std::string_view before) {
  while (!before.empty() && !is_letter(before.back()) &&
         !(before.back() >= '0' && before.back() <= '9')) {
    before.remove_suffix(1);
  }
  const bool is_word = !before.empty() && is_letter(before.front()) &&
                       std::ranges::all_of(before, is_name_character);
  return is_word ? lower(before) : "";
}

// A name for fields that no word names, from their letters in order.
std::string name_of_letters(std::string_view letters) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {{"yMd", "date"},
                                                                     {"yM", "year_month"},
                                                                     {"yMdH", "date_hour"},
                                                                     {"Hm", "time"},
                                                                     {"Hms", "time"}};
  for (const auto& [of, name] : names) {
    if (letters == of) {
      return std::string(name);
    }
  }
  return "";
}

columnar::Type type_of(columnar::Kind kind) {
  columnar::Type type;
  type.kind = kind;
  return type;
}

// Of a segment whose only expression is a partition key.
PartitionColumn column_of_key(const Segment& segment, std::size_t index) {
  PartitionColumn column;
  column.segment = index;
  column.type = type_of(columnar::Kind::string);
  std::string key;
  for (const Piece& piece : segment) {
    if (piece.kind == PieceKind::value) {
      key = piece.text;
    } else {
      (key.empty() ? column.before : column.after) += piece.text;
    }
  }
  column.name = hive_name_of(column.before);
  if (column.name.empty() && std::ranges::all_of(key, is_name_character)) {
    column.name = lower(key);
  }
  return column;
}

std::optional<PartitionColumn> column_of(const Segment& segment, std::size_t index) {
  const auto literals = std::ranges::count(segment, PieceKind::literal, &Piece::kind);
  if (const auto values = std::ranges::count(segment, PieceKind::value, &Piece::kind)) {
    const bool is_alone = values == 1 && static_cast<std::size_t>(literals) + 1 == segment.size();
    return is_alone ? std::optional(column_of_key(segment, index)) : std::nullopt;
  }
  const auto is_field = [](const Piece& piece) { return piece.kind == PieceKind::field; };
  const auto first = std::ranges::find_if(segment, is_field);
  if (first == segment.end() || is_random(segment)) {
    return std::nullopt;
  }
  const auto last = std::ranges::find_if(segment.rbegin(), segment.rend(), is_field).base();
  PartitionColumn column;
  column.segment = index;
  column.type = type_of(columnar::Kind::string);
  for (auto piece = segment.begin(); piece != segment.end(); ++piece) {
    (piece < first ? column.before : piece < last ? column.pattern : column.after) += piece->text;
  }
  std::string letters;
  for (auto piece = first; piece != last; ++piece) {
    if (is_field(*piece)) {
      letters += piece->text.front();
    }
  }
  const std::string hive_name = hive_name_of(column.before);
  const bool is_single = last - first == 1;
  const auto [meaning, is_number] = meaning_of(first->text);
  if (is_single && is_number) {
    column.type = type_of(columnar::Kind::integer);
  } else if (column.pattern == "yyyy-MM-dd") {
    column.type = type_of(columnar::Kind::date);
  }
  column.name = !hive_name.empty()              ? hive_name
                : is_single && !meaning.empty() ? std::string(meaning)
                                                : word_of(column.before);
  if (column.name.empty()) {
    column.name = name_of_letters(letters);
  }
  return column;
}

std::string literal_of(const Segment& segment) {
  return segment.empty() ? "" : segment.front().text;
}

// No two columns of one name, and none without.
void settle_names(std::vector<PartitionColumn>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto is_taken = [&](const std::string& name) {
      return std::any_of(columns.begin(),
                         columns.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const PartitionColumn& other) { return other.name == name; });
    };
    if (columns[i].name.empty() || is_taken(columns[i].name)) {
      columns[i].name = fmt::format("partition_{}", i);
    }
  }
}

std::size_t segments_in(std::string_view root) {
  return static_cast<std::size_t>(std::ranges::count(root, '/'));
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(slash + 1);
  }
}

std::string with_slash(std::string_view root) {
  return root.empty() || root.ends_with('/') ? std::string(root) : std::string(root) + "/";
}

// One folder of a storage.location.template; false when it cannot be a column's.
bool add_template_folder(std::string_view folder,
                         std::size_t index,
                         const std::vector<columnar::Field>& keys,
                         KeyLayout& layout) {
  const std::size_t start = folder.find("${");
  const std::size_t end = folder.find('}', std::min(start, folder.size()));
  if (start == std::string_view::npos || end == std::string_view::npos) {
    return start == std::string_view::npos;
  }
  const std::string name = lower(folder.substr(start + 2, end - start - 2));
  const auto key = std::ranges::find(keys, name, &columnar::Field::name);
  if (key == keys.end() || folder.find("${", end) != std::string_view::npos) {
    return false;
  }
  layout.columns.push_back({.name = key->name,
                            .type = key->type,
                            .segment = index,
                            .before = std::string(folder.substr(0, start)),
                            .after = std::string(folder.substr(end + 1)),
                            .pattern = {}});
  return true;
}

}  // namespace

KeyLayout layout_of_prefix(const std::optional<std::string>& prefix) {
  KeyLayout layout;
  const std::vector<Segment> segments = segments_of_prefix(prefix.value_or(""));
  std::size_t index = 0;
  for (; index < segments.size() && is_literal(segments[index]); ++index) {
    layout.root += literal_of(segments[index]) + "/";
  }
  for (std::size_t i = index; i < segments.size(); ++i) {
    if (auto column = column_of(segments[i], i)) {
      layout.columns.push_back(std::move(*column));
    }
  }
  settle_names(layout.columns);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto column = std::ranges::find(layout.columns, i, &PartitionColumn::segment);
    if (column != layout.columns.end()) {
      layout.folders.push_back(
          fmt::format("{}${{{}}}{}", column->before, column->name, column->after));
    } else if (is_literal(segments[i])) {
      layout.folders.push_back(literal_of(segments[i]));
    } else {
      break;
    }
  }
  return layout;
}

KeyLayout layout_of_template(std::string_view text, const std::vector<columnar::Field>& keys) {
  KeyLayout layout;
  const std::string whole = with_slash(text);
  std::vector<std::string_view> folders = split(whole);
  folders.pop_back();
  bool is_same_for_all = true;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    is_same_for_all = is_same_for_all && folders[i].find("${") == std::string_view::npos;
    if (is_same_for_all) {
      layout.root += std::string(folders[i]) + "/";
    }
    if (!add_template_folder(folders[i], i, keys, layout)) {
      break;
    }
    layout.folders.emplace_back(folders[i]);
  }
  return layout;
}

KeyLayout layout_of_hive(std::string_view root, const std::vector<columnar::Field>& keys) {
  std::string text = with_slash(root);
  for (const columnar::Field& key : keys) {
    text += fmt::format("{}=${{{}}}/", key.name, key.name);
  }
  return layout_of_template(text, keys);
}

std::vector<columnar::Field> hive_keys_in(std::string_view root,
                                          const std::vector<std::string>& keys) {
  std::optional<std::vector<std::string>> common;
  const std::size_t above = segments_in(root);
  for (const std::string& key : keys) {
    std::vector<std::string> names;
    const auto folders = split(key);
    for (std::size_t i = above; i + 1 < folders.size(); ++i) {
      const std::size_t sign = folders[i].find('=');
      if (sign == std::string_view::npos || sign == 0) {
        break;
      }
      names.push_back(lower(folders[i].substr(0, sign)));
    }
    if (common) {
      const auto differs = std::ranges::mismatch(*common, names);
      common->erase(differs.in1, common->end());
    } else {
      common = std::move(names);
    }
  }
  std::vector<columnar::Field> fields;
  for (const std::string& name : common.value_or(std::vector<std::string>())) {
    fields.push_back({name, type_of(columnar::Kind::string)});
  }
  return fields;
}

std::optional<std::string_view> value_of(const PartitionColumn& column, std::string_view key) {
  for (std::size_t i = 0; i < column.segment; ++i) {
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) {
      return std::nullopt;
    }
    key.remove_prefix(slash + 1);
  }
  const std::size_t slash = key.find('/');
  std::string_view segment = key.substr(0, slash);
  const std::size_t around = column.before.size() + column.after.size();
  if (slash == std::string_view::npos || segment.size() < around ||
      !segment.starts_with(column.before) || !segment.ends_with(column.after)) {
    return std::nullopt;
  }
  return segment.substr(column.before.size(), segment.size() - around);
}

}  // namespace sluice::query
