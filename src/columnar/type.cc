// Reads and prints Hive's type grammar: a small recursive descent over one string.
#include "columnar/type.h"

#include "base/ascii.h"
#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>
#include <utility>

namespace sluice::columnar {

namespace {

constexpr std::int32_t decimal_precision_max = 38;
constexpr std::int32_t decimal_precision_default = 10;
constexpr std::int32_t char_length_max = 255;
constexpr std::int32_t varchar_length_max = 65'535;

struct NamedKind {
  std::string_view name;
  Kind kind;
};

// Every primitive that takes no parameters; the first name of a kind is the canonical one.
constexpr std::array plain_kinds = {NamedKind{"boolean", Kind::boolean},
                                    NamedKind{"tinyint", Kind::tinyint},
                                    NamedKind{"smallint", Kind::smallint},
                                    NamedKind{"int", Kind::integer},
                                    NamedKind{"integer", Kind::integer},
                                    NamedKind{"bigint", Kind::bigint},
                                    NamedKind{"float", Kind::float32},
                                    NamedKind{"real", Kind::float32},
                                    NamedKind{"double", Kind::float64},
                                    NamedKind{"string", Kind::string},
                                    NamedKind{"binary", Kind::binary},
                                    NamedKind{"date", Kind::date},
                                    NamedKind{"timestamp", Kind::timestamp}};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Ends a bare name: what the grammar uses itself.
bool is_delimiter(char c) {
  return is_blank(c) || std::string_view("<>,:()`").find(c) != std::string_view::npos;
}

// A name as the grammar needs it: bare, or in back-ticks with inner ones doubled.
std::string quote(std::string_view name) {
  bool bare = !name.empty();
  for (char c : name) {
    bare = bare && !is_delimiter(c);
  }
  if (bare) {
    return std::string(name);
  }
  std::string out = "`";
  for (char c : name) {
    out += c;
    if (c == '`') {
      out += c;
    }
  }
  return out + "`";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Type> whole_type() {
    SLUICE_TRY(type, this->type(0));
    skip_blanks();
    if (at_ != text_.size()) {
      return expected("the end of the type");
    }
    return type;
  }

  Result<Schema> whole_columns() {
    Schema schema;
    std::set<std::string> seen;
    skip_blanks();
    if (at_ == text_.size()) {
      return expected("a column name");
    }
    do {
      SLUICE_TRY(name, this->name("a column name", seen));
      SLUICE_TRY(type, this->type(0));
      schema.columns.push_back({std::move(name), std::move(type)});
    } while (take(','));
    if (at_ != text_.size()) {
      return expected("',' or the end of the columns");
    }
    return schema;
  }

 private:
  std::unexpected<Error> expected(std::string_view what) const {
    const std::string found =
        at_ < text_.size() ? fmt::format("'{}'", text_.substr(at_, 20)) : "the end";
    return fail(
        Fault::invalid,
        fmt::format(
            "type \"{:.200}\": expected {} at position {}, found {}", text_, what, at_ + 1, found));
  }

  std::unexpected<Error> refused(std::size_t position, std::string_view why) const {
    return fail(Fault::invalid,
                fmt::format("type \"{:.200}\": {} at position {}", text_, why, position + 1));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  bool take(char c) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  std::string_view bare_word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && !is_delimiter(text_[at_])) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  Result<std::string> name(std::string_view what, std::set<std::string>& seen) {
    skip_blanks();
    const std::size_t start = at_;
    std::string found;
    if (take('`')) {
      while (true) {
        if (at_ == text_.size()) {
          return expected("'`' that ends the name");
        }
        const char c = text_[at_++];
        if (c == '`' && (at_ == text_.size() || text_[at_] != '`')) {
          break;
        }
        at_ += c == '`' ? 1 : 0;
        found += c;
      }
    } else {
      found = bare_word();
    }
    if (found.empty()) {
      at_ = start;
      return expected(what);
    }
    if (!seen.insert(lower(found)).second) {
      return refused(start, fmt::format("the name \"{}\" is used twice (case is ignored)", found));
    }
    return found;
  }

  Result<std::int32_t> number(std::int32_t least, std::int32_t most, std::string_view what) {
    skip_blanks();
    const std::size_t start = at_;
    std::int32_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value <= most) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == start || value < least || value > most) {
      at_ = start;
      return expected(fmt::format("{} from {} to {}", what, least, most));
    }
    return value;
  }

  Result<void> require(char c) {
    if (!take(c)) {
      return expected(fmt::format("'{}'", c));
    }
    return {};
  }

  Result<Type> type(int depth) {
    skip_blanks();
    const std::size_t start = at_;
    if (depth > nesting_max) {
      return refused(start, fmt::format("nesting deeper than {}", nesting_max));
    }
    const std::string word = lower(bare_word());
    for (const NamedKind& entry : plain_kinds) {
      if (entry.name == word) {
        if (entry.kind == Kind::float64) {
          take_precision_word();
        }
        return Type{.kind = entry.kind, .children = {}};
      }
    }
    if (word == "char") {
      return text_of_length(Kind::fixed_char, char_length_max);
    }
    if (word == "varchar") {
      return text_of_length(Kind::varchar, varchar_length_max);
    }
    if (word == "decimal") {
      return decimal();
    }
    if (word == "array") {
      return array(depth);
    }
    if (word == "map") {
      return map(depth);
    }
    if (word == "struct") {
      return structure(depth);
    }
    at_ = start;
    return expected("a type");
  }

  // The second word of "double precision", if it is there.
  void take_precision_word() {
    const std::size_t start = at_;
    if (lower(bare_word()) != "precision") {
      at_ = start;
    }
  }

  Result<Type> text_of_length(Kind kind, std::int32_t length_max) {
    SLUICE_TRY_DO(require('('));
    SLUICE_TRY(length, number(1, length_max, "a length"));
    SLUICE_TRY_DO(require(')'));
    return Type{.kind = kind, .precision = length, .children = {}};
  }

  Result<Type> decimal() {
    Type type{.kind = Kind::decimal, .precision = decimal_precision_default, .children = {}};
    if (!take('(')) {
      return type;
    }
    SLUICE_TRY(precision, number(1, decimal_precision_max, "a precision"));
    type.precision = precision;
    if (take(',')) {
      SLUICE_TRY(scale, number(0, precision, "a scale"));
      type.scale = scale;
    }
    SLUICE_TRY_DO(require(')'));
    return type;
  }

  Result<Type> array(int depth) {
    SLUICE_TRY_DO(require('<'));
    SLUICE_TRY(element, type(depth + 1));
    SLUICE_TRY_DO(require('>'));
    return Type{.kind = Kind::array, .children = {{"element", std::move(element)}}};
  }

  Result<Type> map(int depth) {
    SLUICE_TRY_DO(require('<'));
    skip_blanks();
    const std::size_t key_at = at_;
    SLUICE_TRY(key, type(depth + 1));
    if (key.is_nested()) {
      return refused(key_at, "a map key must be of a primitive type");
    }
    SLUICE_TRY_DO(require(','));
    SLUICE_TRY(value, type(depth + 1));
    SLUICE_TRY_DO(require('>'));
    return Type{.kind = Kind::map,
                .children = {{"key", std::move(key)}, {"value", std::move(value)}}};
  }

  Result<Type> structure(int depth) {
    Type out{.kind = Kind::structure, .children = {}};
    std::set<std::string> seen;
    SLUICE_TRY_DO(require('<'));
    do {
      SLUICE_TRY(field, name("a field name", seen));
      SLUICE_TRY_DO(require(':'));
      SLUICE_TRY(field_type, type(depth + 1));
      out.children.push_back({std::move(field), std::move(field_type)});
    } while (take(','));
    SLUICE_TRY_DO(require('>'));
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Type> parse_type(std::string_view text) {
  return Parser(text).whole_type();
}

Result<Schema> parse_columns(std::string_view text) {
  return Parser(text).whole_columns();
}

std::string to_string(const Type& type) {
  switch (type.kind) {
    case Kind::fixed_char:
      return fmt::format("char({})", type.precision);
    case Kind::varchar:
      return fmt::format("varchar({})", type.precision);
    case Kind::decimal:
      return fmt::format("decimal({},{})", type.precision, type.scale);
    case Kind::array:
      SLUICE_CHECK(type.children.size() == 1);
      return fmt::format("array<{}>", to_string(type.children[0].type));
    case Kind::map:
      SLUICE_CHECK(type.children.size() == 2);
      return fmt::format(
          "map<{},{}>", to_string(type.children[0].type), to_string(type.children[1].type));
    case Kind::structure: {
      std::string fields;
      for (const Field& field : type.children) {
        fields += fmt::format(
            "{}{}:{}", fields.empty() ? "" : ",", quote(field.name), to_string(field.type));
      }
      return fmt::format("struct<{}>", fields);
    }
    default:
      break;
  }
  for (const NamedKind& entry : plain_kinds) {
    if (entry.kind == type.kind) {
      return std::string(entry.name);
    }
  }
  SLUICE_CHECK(false && "every kind has a spelling");
  return {};
}

}  // namespace sluice::columnar
