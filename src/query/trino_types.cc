// A small recursive parser of type names.
#include "query/trino_types.h"

#include "query/trino_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::query {
namespace {

constexpr std::size_t depth_max = 64;

struct SimpleType {
  std::string_view trino;
  std::string_view duckdb;
  bool keeps_arguments = false;
};

constexpr std::array simple_types = {
    SimpleType{"BIGINT", "BIGINT"},
    SimpleType{"BINARY", "BLOB"},
    SimpleType{"BOOLEAN", "BOOLEAN"},
    SimpleType{"CHAR", "VARCHAR"},
    SimpleType{"DATE", "DATE"},
    SimpleType{"DECIMAL", "DECIMAL", true},
    SimpleType{"FLOAT", "FLOAT"},
    SimpleType{"INT", "INTEGER"},
    SimpleType{"INTEGER", "INTEGER"},
    SimpleType{"JSON", "JSON"},
    SimpleType{"NUMERIC", "DECIMAL", true},
    SimpleType{"REAL", "FLOAT"},
    SimpleType{"SMALLINT", "SMALLINT"},
    SimpleType{"STRING", "VARCHAR"},
    SimpleType{"TINYINT", "TINYINT"},
    SimpleType{"UUID", "UUID"},
    SimpleType{"VARBINARY", "BLOB"},
    SimpleType{"VARCHAR", "VARCHAR"},
};

class TypeParser {
 public:
  TypeParser(std::string_view sql, std::span<const Token> tokens) : sql_(sql) {
    std::ranges::copy_if(tokens, std::back_inserter(tokens_), &Token::is_significant);
    end_ = tokens.empty() ? sql.size() : tokens.back().offset + tokens.back().text.size();
  }

  Result<std::string> whole() {
    SLUICE_TRY(type, one(0));
    if (at_ < tokens_.size()) {
      return unexpected("the end of the type");
    }
    return type;
  }

 private:
  const Token* peek() const { return at_ < tokens_.size() ? &tokens_[at_] : nullptr; }

  bool next_is(std::string_view symbol) const {
    return peek() != nullptr && peek()->is_symbol(symbol);
  }

  bool take(std::string_view symbol) {
    const bool is_there = next_is(symbol);
    at_ += is_there ? 1 : 0;
    return is_there;
  }

  bool take_word(std::string_view upper) {
    const bool is_there = peek() != nullptr && peek()->is_word(upper);
    at_ += is_there ? 1 : 0;
    return is_there;
  }

  std::unexpected<Error> unexpected(std::string_view wanted) const {
    const std::size_t offset = peek() == nullptr ? end_ : peek()->offset;
    return fail_at(sql_, offset, fmt::format("expected {} here", wanted));
  }

  // ( and < open the arguments alike: Trino writes array(int), Hive array<int>.
  Result<std::string_view> open() {
    if (take("(")) {
      return std::string_view(")");
    }
    if (take("<")) {
      return std::string_view(">");
    }
    return unexpected("( and the types inside");
  }

  Result<void> close(std::string_view bracket) {
    if (!take(bracket)) {
      return unexpected(fmt::format("'{}'", bracket));
    }
    return {};
  }

  Result<std::string> one(std::size_t depth) {
    if (depth > depth_max) {
      return unexpected("a type of less depth");
    }
    if (take_word("ARRAY")) {
      SLUICE_TRY(bracket, open());
      SLUICE_TRY(element, one(depth + 1));
      SLUICE_TRY_DO(close(bracket));
      return element + "[]";
    }
    if (take_word("MAP")) {
      SLUICE_TRY(bracket, open());
      SLUICE_TRY(key, one(depth + 1));
      SLUICE_TRY_DO(close(","));
      SLUICE_TRY(value, one(depth + 1));
      SLUICE_TRY_DO(close(bracket));
      return fmt::format("MAP({}, {})", key, value);
    }
    if (take_word("ROW") || take_word("STRUCT")) {
      return row(depth);
    }
    if (take_word("TIMESTAMP") || take_word("TIME")) {
      return time(tokens_[at_ - 1].is_word("TIME"));
    }
    if (take_word("DOUBLE")) {
      take_word("PRECISION");
      return std::string("DOUBLE");
    }
    return simple();
  }

  // A field is "name type", "name:type" or, without a name, a type alone.
  Result<std::string> row(std::size_t depth) {
    SLUICE_TRY(bracket, open());
    std::vector<std::string> fields;
    do {
      std::string name = fmt::format("field{}", fields.size());
      if (has_field_name()) {
        name = tokens_[at_++].value();
        take(":");
      }
      SLUICE_TRY(type, one(depth + 1));
      fields.push_back(fmt::format("{} {}", quote_name(name), type));
    } while (take(","));
    SLUICE_TRY_DO(close(bracket));
    return fmt::format("STRUCT({})", fmt::join(fields, ", "));
  }

  bool has_field_name() const {
    if (at_ + 1 >= tokens_.size()) {
      return false;
    }
    const Token& first = tokens_[at_];
    const Token& second = tokens_[at_ + 1];
    if (first.kind == Token::Kind::quoted) {
      return true;
    }
    return first.kind == Token::Kind::word &&
           (second.is_symbol(":") ||
            (second.kind == Token::Kind::word && !second.is_word("PRECISION") &&
             !second.is_word("WITH") && !second.is_word("WITHOUT")));
  }

  // The precision goes: DuckDB's own counts microseconds, which holds every one that is in use.
  Result<std::string> time(bool is_time) {
    if (take("(")) {
      if (peek() == nullptr || peek()->kind != Token::Kind::number) {
        return unexpected("the number of decimals");
      }
      ++at_;
      SLUICE_TRY_DO(close(")"));
    }
    const bool has_zone = take_word("WITH");
    if (has_zone || take_word("WITHOUT")) {
      if (!take_word("TIME") || !take_word("ZONE")) {
        return unexpected("TIME ZONE");
      }
    }
    return fmt::format("{}{}", is_time ? "TIME" : "TIMESTAMP", has_zone ? " WITH TIME ZONE" : "");
  }

  Result<std::string> simple() {
    const Token* name = peek();
    const auto found = std::ranges::find_if(simple_types, [&](const SimpleType& type) {
      return name != nullptr && name->is_word(type.trino);
    });
    if (found == simple_types.end()) {
      return unexpected("the name of a type");
    }
    ++at_;
    std::vector<std::string> arguments;
    if (take("(")) {
      do {
        if (peek() == nullptr || peek()->kind != Token::Kind::number) {
          return unexpected("a number");
        }
        arguments.emplace_back(tokens_[at_++].text);
      } while (take(","));
      SLUICE_TRY_DO(close(")"));
    }
    if (!found->keeps_arguments) {
      return std::string(found->duckdb);
    }
    // Without arguments Trino means whole numbers.
    return fmt::format(
        "{}({})",
        found->duckdb,
        arguments.empty() ? std::string("38, 0") : fmt::format("{}", fmt::join(arguments, ", ")));
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

Result<std::string> translate_type(std::string_view sql, std::span<const Token> tokens) {
  return TypeParser(sql, tokens).whole();
}

}  // namespace sluice::query
